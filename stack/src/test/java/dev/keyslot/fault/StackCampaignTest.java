package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.StackRun;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random faults of the whole catalogue under random requests, through the whole stack as it is
 * shipped, on every host and several cards: see {@link StackRun} for what must hold.
 *
 * <p>One run again: {@code -Dkeyslot.campaign.run=POINT:SEED}; so many runs: {@code
 * -Dkeyslot.campaign.runs=10000}.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StackCampaignTest {

  private static final int RUNS_FRESH = Integer.getInteger("keyslot.campaign.runs", 30);
  private static final String ONE_RUN = "keyslot.campaign.run";
  private static final int BATCHES = 20;

  /** A long campaign goes on after a failure, and tells now and then that it is alive. */
  private static final int FAILURES_MAX = 20;

  private static final int REPORT_EVERY = 500;

  /** For every point its index where one is of interest: what most requests do. */
  private static final Map<String, int[]> INDICES =
      Map.of(
          "command", new int[] {6, 12, 13, 18, 23, 25, 35, 36, 38, 44, 45, 46, 47, 48, 60},
          "task", new int[] {0, 1, 2, 3, 32},
          "slot", new int[] {0, 1, 2, 31},
          "keyslot", new int[] {0},
          "sector", new int[] {0, 8, 64, 128});

  private final Map<FaultPoint, Long> struck = new EnumMap<>(FaultPoint.class);

  /** A rule for {@code point} that strikes early and not too often. */
  private static String rule(FaultPoint point, SplittableRandom random) {
    StringBuilder rule = new StringBuilder(point.label());
    int[] indices = INDICES.get(point.index());
    if (indices != null && random.nextInt(3) > 0) {
      rule.append(" index ").append(indices[random.nextInt(indices.length)]);
    }
    return rule.append(
            switch (random.nextInt(4)) {
              case 0 -> " nth " + (1 + random.nextInt(12));
              case 1 -> " every " + (8 + random.nextInt(40));
              case 2 -> " first " + (1 + random.nextInt(4));
              default -> " probability 0.02";
            })
        .append('\n')
        .toString();
  }

  /** A run; its requests are drawn from {@code seed}. */
  private record Run(
      String plan, HostChoice host, int card, PowerLoss loss, long cardSeed, int unit) {}

  /** A run drawn from {@code random}; the first fault is {@code point}. */
  private static Run draw(FaultPoint point, SplittableRandom random) {
    StringBuilder plan = new StringBuilder(rule(point, random));
    FaultPoint[] all = FaultPoint.values();
    for (int i = random.nextInt(3); i > 0; i--) {
      plan.append(rule(all[random.nextInt(all.length)], random));
    }
    HostKind[] kinds = HostKind.values();
    HostKind kind = kinds[random.nextInt(kinds.length)];
    HostChoice host =
        kind.hasKeyslots() && random.nextInt(4) == 0
            ? new HostChoice(kind, 1)
            : HostChoice.of(kind);
    int card = random.nextInt(4);
    long cardSeed = random.nextLong();
    PowerLoss[] losses = PowerLoss.values();
    PowerLoss loss = losses[random.nextInt(losses.length)];
    return new Run(plan.toString(), host, card, loss, cardSeed, random.nextBoolean() ? 512 : 4096);
  }

  private void run(FaultPoint point, long seed) throws Exception {
    Run run = draw(point, new SplittableRandom(seed));
    try {
      run(run, seed);
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "repeat with -D%s=%s:%d: %s: %s".formatted(ONE_RUN, point, seed, run, e), e);
    }
  }

  private void run(Run run, long seed) throws Exception {
    Disturbance disturbance =
        Disturbance.of(run.plan(), 0, seed, line -> {})
            .withCard(p -> card(p, run.card(), run.loss(), run.cardSeed()));
    try {
      StackRun stack = new StackRun(seed, run.host(), run.unit(), disturbance);
      (run.card() == 1 || run.card() == 2 ? stack.withVolatileCache() : stack).run(BATCHES);
    } finally {
      disturbance.faults().strikesByPoint().forEach((p, n) -> struck.merge(p, n, Long::sum));
    }
  }

  /** The served card, or one with a cache that a reset thins out; with a queue or without. */
  private static CardProfile card(CardProfile served, int kind, PowerLoss loss, long seed) {
    return switch (kind) {
      case 0 -> served;
      case 1 -> CardProfile.losing(served.sectors(), loss, seed);
      case 2 -> withQueueDepth(CardProfile.losing(served.sectors(), loss, seed), 0);
      default -> withQueueDepth(served, 0);
    };
  }

  private static CardProfile withQueueDepth(CardProfile p, int depth) {
    return new CardProfile(
        p.sectors(),
        p.erasedByte(),
        p.cacheKibit(),
        depth,
        p.busyPolls(),
        p.holeQuery(),
        p.cache(),
        p.readiness(),
        p.loss(),
        p.seed(),
        p.traits());
  }

  @Test
  @Timeout(value = 8, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void holdsForFreshSeeds() throws Exception {
    String one = System.getProperty(ONE_RUN);
    if (one != null) {
      String[] parts = one.split(":", 2);
      run(FaultPoint.valueOf(parts[0]), Long.parseLong(parts[1]));
      return;
    }
    SplittableRandom seeds = Seeds.random(StackCampaignTest.class);
    FaultPoint[] points = FaultPoint.values();
    int first = seeds.nextInt(points.length);
    List<AssertionError> failures = new ArrayList<>();
    for (int i = 0; i < RUNS_FRESH && failures.size() < FAILURES_MAX; i++) {
      try {
        run(points[(first + i) % points.length], seeds.nextLong());
      } catch (AssertionError e) {
        System.out.println(e.getMessage());
        failures.add(e);
      }
      if ((i + 1) % REPORT_EVERY == 0) {
        System.out.printf("%d runs, %d failures%n", i + 1, failures.size());
      }
    }
    System.out.printf("%d runs, strikes by point: %s%n", RUNS_FRESH, struck);
    assertThat(failures).isEmpty();
  }

  static Stream<FaultPoint> points() {
    return Arrays.stream(FaultPoint.values());
  }

  /** Fixed seeds, until the point has struck: none of the catalogue is left out. */
  @ParameterizedTest
  @MethodSource("points")
  void everyPointStrikesAndIsSurvived(FaultPoint point) throws Exception {
    for (long seed = 1; seed <= 40 && !struck.containsKey(point); seed++) {
      run(point, seed);
    }
    assertThat(struck).containsKey(point);
  }

  /** Power went between a task's command and its end: the card had no state to tell. */
  @Test
  void powerMayDropInTheMiddleOfATask() throws Exception {
    String plan = "keys-lost index 46 first 3\npower-drop every 44\nerror-info-invalid nth 5";
    run(
        new Run(plan, HostChoice.of(HostKind.SDHCI_MSM), 0, PowerLoss.NONE, 1, 512),
        -368203320718769092L);
    assertThat(struck).containsKey(FaultPoint.POWER_DROP);
  }

  /**
   * A sector of zeros, a hole, beside written ones in its data unit: it is encrypted anew with
   * them, and a card that tears within a sector leaves neither.
   */
  @Test
  void aTearMayShowInZerosBesideAWrite() throws Exception {
    String plan =
        "power-drop index 18 every 19\ncompletion-early index 31 nth 4\nflush-hangs every 31";
    HostChoice host = HostChoice.of(HostKind.SDHCI_PLAIN);
    run(
        new Run(plan, host, 2, PowerLoss.TORN_PREFIX, 3306739208913539889L, 4096),
        4288358186631286756L);
    assertThat(struck).containsKey(FaultPoint.POWER_DROP);
  }

  /** CMD12 of the recovery came while the card erased, and took the range away from it. */
  @Test
  void recoveryMayComeInTheMiddleOfAnErase() throws Exception {
    Run run =
        new Run(
            "command-crc index 38 every 18",
            new HostChoice(HostKind.SDHCI_MSM, 1),
            1,
            PowerLoss.TORN_PREFIX,
            1,
            4096);
    for (int seed = 1; seed <= 8; seed++) {
      run(run, seed);
    }
    assertThat(struck).containsKey(FaultPoint.COMMAND_CRC);
  }
}
