package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardTrait;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.CardBench;
import dev.keyslot.testkit.ForwardingMedia;
import dev.keyslot.testkit.Seeds;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A thousand crashes with every policy: what was flushed is there, what passed the cache is there
 * and whole, no policy passes a barrier it claims, and the rest is what the policy says.
 *
 * <p>{@code -Dkeyslot.long=true} crashes twenty times as often.
 */
class PowerLossTest {

  private static final int CRASHES = Boolean.getBoolean("keyslot.long") ? 20_000 : 1_000;
  private static final int SECTOR = 512;
  private static final long MEDIUM_SECTORS = 8192;
  private static final int OPERATIONS_MAX = 60;
  private static final int RUN_MAX = 8;

  /** What a crash may be. */
  private enum Crash {
    POWER,
    RESET_PIN,
    GO_IDLE,
    /** Power off after a notification. */
    ANNOUNCED,
    /** Power off in the middle of a write. */
    IN_FLIGHT
  }

  private static final List<CardTrait> TRAITS =
      List.of(CardTrait.BARRIERS, CardTrait.EVICTION_BY_CHANCE, CardTrait.ERASE_CACHED);

  private SplittableRandom random;
  private CardBench bench;
  private CrashShadow shadow;
  private int next;

  @ParameterizedTest
  @EnumSource(PowerLoss.class)
  void keepsWhatWasFlushedAndOfTheRestWhatThePolicySays(PowerLoss policy) {
    SplittableRandom seeds = Seeds.random(PowerLossTest.class);
    for (int i = 0; i < CRASHES; i++) {
      crash(policy, seeds.nextLong(), UnaryOperator.identity(), false);
    }
  }

  private void crash(PowerLoss policy, long seed, UnaryOperator<Media> wrap, boolean claimsOrder) {
    random = new SplittableRandom(seed);
    next = 1;
    CardProfile profile = CardProfile.losing(MEDIUM_SECTORS, policy, random.nextLong());
    for (CardTrait trait : TRAITS) {
      profile = random.nextInt(3) == 0 ? profile.with(trait) : profile;
    }
    boolean ordered =
        claimsOrder
            || (policy != PowerLoss.RANDOM_SUBSET
                && !profile.traits().contains(CardTrait.EVICTION_BY_CHANCE));
    HeapMedia media = new HeapMedia(MEDIUM_SECTORS * SECTOR);
    bench = new CardBench(profile, wrap.apply(media)).powerUp();
    shadow = new CrashShadow(ordered, profile.traits().contains(CardTrait.ERASE_CACHED));
    bench.set(33, 1);
    if (profile.traits().contains(CardTrait.BARRIERS)) {
      bench.set(31, 1);
    }
    try {
      for (int i = random.nextInt(OPERATIONS_MAX); i > 0; i--) {
        operate(profile.traits().contains(CardTrait.BARRIERS));
      }
      Crash how = Crash.values()[random.nextInt(Crash.values().length)];
      strike(how);
      boolean all = how == Crash.GO_IDLE || how == Crash.ANNOUNCED || policy == PowerLoss.ALL;
      shadow.check(media, policy, all);
    } catch (AssertionError e) {
      throw new AssertionError("policy " + policy + " crash seed " + seed + " of " + profile, e);
    }
  }

  private void operate(boolean barriers) {
    switch (random.nextInt(16)) {
      case 0 -> {
        assertThat(bench.set(32, 1)).isEqualTo(0x900);
        shadow.flushed();
      }
      case 1 -> {
        if (barriers) {
          assertThat(bench.set(32, 2)).isEqualTo(0x900);
          shadow.barrier();
        }
      }
      case 2 -> {
        boolean on = random.nextInt(4) != 0;
        bench.set(33, on ? 1 : 0);
        shadow.caching(on);
      }
      case 3, 4 -> trim();
      case 5, 6 -> queuedWrite();
      default -> legacyWrite(false);
    }
  }

  private int sector() {
    return random.nextInt(CrashShadow.SECTORS - RUN_MAX);
  }

  private void trim() {
    int first = sector();
    int count = 1 + random.nextInt(RUN_MAX);
    assertThat(bench.erase(first * SECTOR, (first + count - 1) * SECTOR, 1)).isEqualTo(0x900);
    shadow.erased(first, count);
  }

  /** Values are numbers that never come twice, all over their sector. */
  private byte[] content(int count) {
    byte[] bytes = new byte[count * SECTOR];
    MemorySegment memory = MemorySegment.ofArray(bytes);
    for (int at = 0; at < bytes.length; at += 4) {
      memory.set(ValueLayout.JAVA_INT_UNALIGNED, at, next + at / SECTOR);
    }
    return bytes;
  }

  /** Returns CMD23's and CMD44's bits for reliable writes and forced programming, or 0. */
  private int passing() {
    return switch (random.nextInt(8)) {
      case 0 -> 0x80000000;
      case 1 -> 0x01000000;
      default -> 0;
    };
  }

  private void legacyWrite(boolean interrupted) {
    int first = sector();
    int count = 1 + random.nextInt(RUN_MAX);
    int passing = passing();
    int given = interrupted ? random.nextInt(count) : count;
    bench.send(23, passing | count);
    bench.send(25, first * SECTOR);
    if (given > 0) {
      assertThat(bench.give(content(given))).isEqualTo(DataOutcome.DONE);
      shadow.wrote(first, given, next, passing != 0);
    }
    next += count;
  }

  private void queuedWrite() {
    int first = sector();
    int count = 1 + random.nextInt(RUN_MAX);
    int passing = passing();
    bench.set(15, 1);
    bench.send(44, passing | 0x00030000 | count);
    bench.send(45, first);
    while (bench.send(13, 0x18000) == 0) {
      // not ready yet
    }
    bench.send(47, 0x00030000);
    MemorySegment data = MemorySegment.ofArray(content(count));
    assertThat(bench.card.writeTask(3, 0, data)).isEqualTo(DataOutcome.DONE);
    assertThat(bench.card.finishTask(3, bench.response)).isEqualTo(DataOutcome.DONE);
    bench.set(15, 0);
    shadow.wrote(first, count, next, passing != 0);
    next += count;
  }

  private void strike(Crash how) {
    switch (how) {
      case POWER -> bench.card.power(false);
      case RESET_PIN -> bench.card.reset();
      case GO_IDLE -> bench.card.command(0, 0, bench.response);
      case ANNOUNCED -> {
        bench.set(34, 1);
        assertThat(bench.set(34, 2 + random.nextInt(2))).isEqualTo(0x900);
        bench.card.power(false);
      }
      case IN_FLIGHT -> {
        legacyWrite(true);
        bench.card.power(false);
      }
    }
  }

  /** The campaign notices a medium that forgets a write now and then. */
  @Test
  void noticesALostWrite() {
    for (PowerLoss policy : PowerLoss.values()) {
      assertThatThrownBy(() -> manyOver(policy, ForgetfulMedia::new, false))
          .isInstanceOf(AssertionError.class);
    }
  }

  /** The campaign notices a card that says it keeps the order and does not. */
  @Test
  void noticesABrokenOrder() {
    assertThatThrownBy(() -> manyOver(PowerLoss.RANDOM_SUBSET, UnaryOperator.identity(), true))
        .isInstanceOf(AssertionError.class);
  }

  private void manyOver(PowerLoss policy, UnaryOperator<Media> wrap, boolean claimsOrder) {
    SplittableRandom seeds = new SplittableRandom(1);
    for (int i = 0; i < 200; i++) {
      crash(policy, seeds.nextLong(), wrap, claimsOrder);
    }
  }

  /** Answers every seventh write and does not store it. */
  private static final class ForgetfulMedia extends ForwardingMedia {

    private int writes;

    ForgetfulMedia(Media media) {
      super(media);
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      return ++writes % 7 == 0 ? MediaOutcome.DONE : super.write(offsetBytes, from);
    }
  }
}
