package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SectorShadow;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.StackRun;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
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
 * <p>One run again: {@code -Dkeyslot.campaign.run=SEED}; so many runs: {@code
 * -Dkeyslot.campaign.runs=10000}.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StackCampaignTest {

  private static final int RUNS_FRESH = Integer.getInteger("keyslot.campaign.runs", 30);
  private static final String ONE_RUN = "keyslot.campaign.run";
  private static final int BATCHES = 20;

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

  /** One run, all of it drawn from {@code seed}; the first fault is {@code point}. */
  private void run(FaultPoint point, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
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
    Disturbance disturbance =
        Disturbance.of(plan.toString(), 0, seed, line -> {})
            .withCard(p -> card(p, card, loss, cardSeed));
    try {
      StackRun run = new StackRun(seed, host, random.nextBoolean() ? 512 : 4096, disturbance);
      (card == 1 || card == 2 ? run.withVolatileCache() : run).run(BATCHES);
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "repeat with -D%s=%s:%d: host=%s card=%d loss=%s plan=%n%s%s"
              .formatted(ONE_RUN, point, seed, host, card, loss, plan, e),
          e);
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
    for (int i = 0; i < RUNS_FRESH; i++) {
      run(points[(first + i) % points.length], seeds.nextLong());
    }
    System.out.printf("%d runs, strikes by point: %s%n", RUNS_FRESH, struck);
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
    run(FaultPoint.KEYS_LOST, -368203320718769092L);
    assertThat(struck).containsKey(FaultPoint.POWER_DROP);
  }

  // ---- each check is first seen to fail

  /** Silent faults are what the checks on data exist for: without being told, they find each. */
  @Test
  void theDataCheckFindsSilentFaults() {
    Set<FaultPoint> found = EnumSet.noneOf(FaultPoint.class);
    for (FaultPoint point :
        EnumSet.of(
            FaultPoint.MEDIA_BIT_FLIP,
            FaultPoint.MEDIA_WRITE_LOST,
            FaultPoint.KEY_FLIPPED,
            FaultPoint.CRYPTO_DUN_OFF,
            FaultPoint.CRYPTO_WRONG_KEY)) {
      Disturbance disturbance = Disturbance.of(point.label() + " every 3", 0, 1, line -> {});
      try {
        new StackRun(1, HostChoice.defaults(), 4096, disturbance).trusting().run(BATCHES);
      } catch (AssertionError e) {
        assertThat(e).hasMessageMatching("sector \\d+ holds .*, may hold .*");
        found.add(point);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
    assertThat(found).hasSize(5);
  }

  /** A flush is answered, and what it promised is gone afterwards. */
  @Test
  void theDurabilityCheckFindsABrokenPromise() {
    SectorShadow shadow = new SectorShadow(8);
    MemorySegment data = MemorySegment.ofArray(new byte[512]);
    shadow.wrote(3, 1, 7, false);
    SectorShadow.fill(data, 3, 0);
    shadow.cacheLost();
    assertThat(shadow.complaint(data, 3)).as("not flushed: may be gone").isNull();
    SectorShadow.fill(data, 3, 7);
    assertThat(shadow.complaint(data, 3)).as("or there").isNull();
    shadow.flushed(shadow.promise());
    shadow.cacheLost();
    assertThat(shadow.complaint(data, 3)).isNull();
    SectorShadow.fill(data, 3, 0);
    assertThat(shadow.complaint(data, 3)).isEqualTo("sector 3 holds 0, may hold [7]");
    shadow.failed(3, 1, 9);
    SectorShadow.fill(data, 3, 9);
    assertThat(shadow.complaint(data, 3)).as("a failed write: new").isNull();
    data.set(ValueLayout.JAVA_BYTE, 511, (byte) 1);
    assertThat(shadow.complaint(data, 3)).isEqualTo("sector 3 holds garbage, may hold [7, 9]");
  }

  @Test
  void thePlaintextCheckFindsPlaintext() {
    try (HeapMedia media = new HeapMedia((long) StackRun.SECTORS * 512)) {
      StackRun.noPlaintext(media);
      MemorySegment sector = MemorySegment.ofArray(new byte[512]);
      SectorShadow.fill(sector, 5, 1);
      media.write(5 * 512, sector);
      assertThatThrownBy(() -> StackRun.noPlaintext(media))
          .hasMessage("plaintext on the medium at 2560");
    }
  }
}
