package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardProfile.Readiness;
import dev.keyslot.model.card.CardTrait;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.testkit.CardBench;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the standard leaves open (device-side 1.17; 10, rows 7 to 9): the default, and each trait.
 */
class CardTraitsTest {

  private static final int SECTORS = 0x800000;

  private static CardBench card(CardTrait... traits) {
    return card(CardProfile.losing(SECTORS, PowerLoss.NONE, 1).with(traits));
  }

  private static CardBench card(CardProfile profile) {
    return new CardBench(profile).powerUp();
  }

  private static CardBench queueing(CardTrait... traits) {
    CardBench bench = card(traits);
    bench.set(15, 1);
    return bench;
  }

  // ---- row 7: task ids, CMD44 twice, the gap, CMD12 in transfer state

  @Test
  void isSilentToATaskIdInUseOrAnswersWithError() {
    CardBench bench = queueing();
    bench.send(44, 0x40050001);
    bench.send(45, 0);
    assertThat(bench.answers(44, 0x40050001)).isFalse();
    assertThat(bench.status()).isEqualTo(0x00400900);

    bench = queueing(CardTrait.BAD_TASK_ANSWERED);
    bench.send(44, 0x40050001);
    bench.send(45, 0);
    assertThat(bench.send(44, 0x40050001)).isEqualTo(0x00080900);
    assertThat(bench.send(13, 0x18000)).as("the task is still there").isEqualTo(0x20);
  }

  @Test
  void letsASecondCmd44ReplaceTheFirstOrRefusesIt() {
    CardBench bench = queueing();
    bench.send(44, 0x40050001);
    bench.send(44, 0x40060001);
    bench.send(45, 0);
    assertThat(bench.send(13, 0x18000)).isEqualTo(0x40);
    bench.send(44, 0x40050001);
    bench.send(45, 0);
    assertThat(bench.send(13, 0x18000)).as("id 5 was free").isEqualTo(0x60);

    bench = queueing(CardTrait.SECOND_PARAMS_REFUSED);
    bench.send(44, 0x40050001);
    assertThat(bench.answers(44, 0x40060001)).isFalse();
    bench.send(45, 0);
    assertThat(bench.send(13, 0x18000)).isEqualTo(0x20);
  }

  @Test
  void bearsOrForgetsAcrossAGapBetweenCmd44AndCmd45() {
    CardBench bench = queueing();
    bench.send(44, 0x40050001);
    bench.send(13, 0x10000);
    assertThat(bench.answers(45, 0)).isTrue();

    bench = queueing(CardTrait.GAP_FORGETS_PARAMS);
    bench.send(44, 0x40050001);
    assertThat(bench.answers(45, 0)).as("no gap").isTrue();
    bench.send(44, 0x40060001);
    bench.send(13, 0x10000);
    assertThat(bench.answers(45, 0)).isFalse();
  }

  @Test
  void answersCmd12WithoutATransferOrNot() {
    assertThat(card().send(12, 0)).isEqualTo(0x900);
    CardBench bench = card(CardTrait.STOP_SILENT_IN_TRANSFER);
    assertThat(bench.answers(12, 0)).isFalse();
    assertThat(bench.status()).isEqualTo(0x00400900);
    bench.send(18, 0);
    assertThat(bench.send(12, 0)).as("with a transfer").isEqualTo(0xA00);
  }

  @Test
  void forgetsATaskThatWasOnlyNamedWhenTheQueueGoesOff() {
    CardBench bench = queueing();
    bench.send(44, 0x40050001);
    bench.set(15, 0);
    bench.set(15, 1);
    assertThat(bench.answers(45, 0)).isFalse();
  }

  // ---- row 8: what CMD0 and RST_n do to the cache; the policy here keeps nothing

  private static int afterCachedWrite(CardBench bench, String how) {
    bench.set(33, 1);
    bench.write(0, 1, 7);
    if (how.equals("RST_n")) {
      bench.card.reset();
    }
    bench.identify();
    return bench.read(0, 1)[0];
  }

  @Test
  void keepsTheCacheOverCmd0UnlessToldToLoseIt() {
    assertThat(afterCachedWrite(card(), "CMD0")).isEqualTo(7);
    assertThat(afterCachedWrite(card(CardTrait.GO_IDLE_LOSES_CACHE), "CMD0")).isZero();
  }

  @Test
  void losesTheCacheWithTheResetPinUnlessToldToKeepIt() {
    assertThat(afterCachedWrite(card(), "RST_n")).isZero();
    assertThat(afterCachedWrite(card(CardTrait.RESET_PIN_KEEPS_CACHE), "RST_n")).isEqualTo(7);
  }

  // ---- row 9: a ready bit goes when the execution is accepted, not before and not later

  @Test
  void clearsAReadyBitWhenTheExecutionIsAccepted() {
    CardBench bench = queueing();
    bench.send(44, 0x40050001);
    bench.send(45, 0);
    assertThat(bench.send(13, 0x18000)).isEqualTo(0x20);
    assertThat(bench.send(13, 0x18000)).as("looking takes nothing").isEqualTo(0x20);
    assertThat(bench.answers(47, 0x50000)).as("wrong direction").isFalse();
    assertThat(bench.send(13, 0x18000)).isEqualTo(0x20);
    bench.send(46, 0x50000);
    assertThat(bench.send(13, 0x18000)).isZero();
  }

  /** Tasks 0 to 3, of which 2 has priority (bit 23). */
  @ParameterizedTest
  @EnumSource(Readiness.class)
  void makesTasksReadyInTheOrderOfItsProfile(Readiness order) {
    CardBench bench = card(CardProfile.faithful(SECTORS, 1).ready(order));
    bench.set(15, 1);
    for (int task = 0; task < 4; task++) {
      bench.send(44, 0x40000001 | task << 16 | (task == 2 ? 1 << 23 : 0));
      bench.send(45, task);
    }
    List<Integer> looks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      looks.add(bench.send(13, 0x18000));
    }
    switch (order) {
      case AT_ONCE -> assertThat(looks).containsExactly(15, 15, 15, 15);
      case FIRST_FIRST -> assertThat(looks).containsExactly(1, 3, 7, 15);
      case LAST_FIRST -> assertThat(looks).containsExactly(8, 12, 14, 15);
      case PRIORITY_FIRST -> assertThat(looks).containsExactly(4, 5, 7, 15);
      case RANDOM -> {
        assertThat(looks.getLast()).isEqualTo(15);
        assertThat(looks.stream().map(Integer::bitCount)).containsExactly(1, 2, 3, 4);
      }
    }
  }

  // ---- discards, cached erases, barriers, native sectors

  @Test
  void erasesWhatIsDiscardedUnlessToldToKeepItUntilASanitize() {
    CardBench bench = card();
    bench.write(0, 4, 7);
    bench.erase(0, 3, 3);
    assertThat(bench.read(0, 4)).containsOnly(0);

    bench = card(CardTrait.DISCARD_KEEPS);
    bench.write(0, 4, 7);
    bench.erase(0, 3, 3);
    assertThat(bench.read(0, 4)).containsOnly(7);
    bench.write(1, 1, 8);
    assertThat(bench.set(165, 1)).as("SANITIZE_START").isEqualTo(0x900);
    assertThat(bench.read(0, 4)).containsExactly(0, 8, 0, 0);
  }

  @Test
  void leavesOfADiscardWhatChanceDecides() {
    CardBench bench = card(CardTrait.DISCARD_BY_CHANCE);
    bench.write(0, 64, 7);
    bench.erase(0, 63, 3);
    int[] left = bench.read(0, 64);
    assertThat(Arrays.stream(left).filter(v -> v == 7).count()).as("kept").isBetween(5L, 40L);
    assertThat(Arrays.stream(left).filter(v -> v == 0).count()).as("erased").isBetween(5L, 40L);
    assertThat(Arrays.stream(left).filter(v -> v != 0 && v != 7).count()).as("noise").isPositive();
    bench.set(165, 1);
    assertThat(bench.read(0, 64)).containsOnly(0);
  }

  @Test
  void erasesAtOnceOrInTheTurnOfTheCache() {
    for (boolean cached : new boolean[] {false, true}) {
      CardBench bench = cached ? card(CardTrait.ERASE_CACHED) : card();
      bench.write(0, 1, 7);
      bench.set(33, 1);
      bench.erase(0, 0, 1);
      assertThat(bench.read(0, 1)).containsExactly(0);
      bench.powerCycle();
      assertThat(bench.read(0, 1)).as("cached %s", cached).containsExactly(cached ? 7 : 0);
    }
  }

  @Test
  void tellsWhetherTheOrderOfArrivalIsKept() {
    assertThat(card().extCsd()[240]).isEqualTo((byte) 1);
    assertThat(card(CardTrait.EVICTION_BY_CHANCE).extCsd()[240]).isZero();
    CardProfile any = CardProfile.losing(SECTORS, PowerLoss.RANDOM_SUBSET, 1);
    assertThat(card(any).extCsd()[240]).isZero();
  }

  @Test
  void takesBarriersOnlyWhereTheyAreSupportedAndSwitchedOn() {
    assertThat(card().set(31, 1)).as("BARRIER_CTRL").isEqualTo(0x980);
    CardBench bench = card(CardTrait.BARRIERS);
    assertThat(bench.extCsd()[486]).isEqualTo((byte) 1);
    assertThat(bench.set(32, 2)).as("not on").isEqualTo(0x980);
    assertThat(bench.set(31, 1)).isEqualTo(0x900);
    assertThat(bench.set(32, 2)).isEqualTo(0x900);
    bench.powerCycle();
    assertThat(bench.extCsd()[31]).as("for ever").isEqualTo((byte) 1);
    assertThatThrownBy(() -> CardProfile.served(SECTORS).with(CardTrait.BARRIERS))
        .hasMessageContaining("ordered cache");
  }

  /** What stands before a barrier is durable once something behind it passes the cache. */
  @Test
  void letsNothingPassABarrier() {
    CardBench bench = card(CardTrait.BARRIERS);
    bench.set(31, 1);
    bench.set(33, 1);
    bench.write(0, 1, 1);
    bench.set(32, 2);
    bench.write(1, 1, 2);
    bench.send(23, 0x80000001);
    bench.send(25, 2);
    bench.give(CardBench.filled(1, 3));
    bench.powerCycle();
    assertThat(bench.read(0, 3)).containsExactly(1, 0, 3);
  }

  @Test
  void wantsWholeNativeSectorsOfFourKibibytes() {
    CardBench bench = card(CardTrait.LARGE_SECTORS);
    byte[] ext = bench.extCsd();
    assertThat(List.of(ext[61], ext[63])).containsExactly((byte) 1, (byte) 1);
    assertThat(bench.send(17, 0)).as("ADDRESS_MISALIGN").isEqualTo(0x40000900);
    bench.send(23, 8);
    assertThat(bench.send(18, 4)).isEqualTo(0x40000900);
    assertThat(bench.write(8, 8, 5)).isEqualTo(0x900);
    bench.set(15, 1);
    bench.send(44, 0x40000004);
    assertThat(bench.send(45, 0)).isEqualTo(0x40000900);
    assertThat(bench.send(13, 0x18000)).as("not queued").isZero();
  }

  // ---- high priority interrupt

  @Test
  void endsAFlushWhenInterruptedAndKeepsTheDataCached() {
    for (boolean byStop : new boolean[] {false, true}) {
      CardBench bench = byStop ? card(CardTrait.HPI_BY_STOP) : card();
      assertThat(bench.extCsd()[503]).isEqualTo((byte) (byStop ? 3 : 1));
      bench.set(33, 1);
      bench.write(0, 1, 7);
      interrupt(bench, byStop);
      assertThat(bench.sendOnly(13, 0x10000)).as("HPI_MGMT is off").isEqualTo(0xE00);
      bench.card.finishBusy();
      bench.set(161, 1);
      interrupt(bench, !byStop);
      assertThat(bench.sendOnly(13, 0x10000)).as("the other command").isEqualTo(0xE00);
      bench.card.finishBusy();
      bench.write(1, 1, 8);
      interrupt(bench, byStop);
      assertThat(bench.status()).as("ended").isEqualTo(0x900);
      assertThat(bench.card.finishBusy()).isEqualTo(DataOutcome.DONE);
      assertThat(bench.read(0, 2)).containsExactly(7, 8);
      bench.powerCycle();
      assertThat(bench.read(0, 2)).as("byStop %s", byStop).containsExactly(7, 0);
    }
  }

  /** Starts a flush and interrupts it. */
  private static void interrupt(CardBench bench, boolean byStop) {
    bench.sendOnly(6, 0x03200101);
    if (byStop) {
      bench.sendOnly(12, 0x10001);
    } else {
      bench.sendOnly(13, 0x10001);
    }
  }

  @Test
  void stopsAnEraseSomewhereWhenInterrupted() {
    int stoppedInside = 0;
    for (int seed = 0; seed < 20; seed++) {
      CardBench bench = card(CardProfile.faithful(SECTORS, seed));
      bench.set(161, 1);
      bench.write(0, 8, 7);
      bench.send(35, 0);
      bench.send(36, 7);
      bench.sendOnly(38, 1);
      bench.sendOnly(13, 0x10001);
      assertThat(bench.status()).isEqualTo(0x900);
      int[] left = bench.read(0, 8);
      int erased = (int) Arrays.stream(left).takeWhile(v -> v == 0).count();
      assertThat(Arrays.stream(left).skip(erased)).as("the rest is untouched").containsOnly(7);
      stoppedInside += erased > 0 && erased < 8 ? 1 : 0;
    }
    assertThat(stoppedInside).isPositive();
  }

  @Test
  void staysOnWhenTheFlushOfSwitchingTheCacheOffIsInterrupted() {
    CardBench bench = card();
    bench.set(161, 1);
    bench.set(33, 1);
    bench.write(0, 1, 7);
    bench.sendOnly(6, 0x03210001);
    bench.sendOnly(13, 0x10001);
    assertThat(bench.extCsd()[33]).as("CACHE_CTRL").isEqualTo((byte) 1);
    bench.powerCycle();
    assertThat(bench.read(0, 1)).containsExactly(0);
  }

  @Test
  void finishesAFlushWhileDeselected() {
    CardBench bench = card();
    bench.set(33, 1);
    bench.write(0, 1, 7);
    bench.sendOnly(6, 0x03200101);
    assertThat(bench.answers(7, 0)).as("deselected").isFalse();
    assertThat(bench.card.finishBusy()).isEqualTo(DataOutcome.DONE);
    assertThat(bench.status()).as("state stby").isEqualTo(0x600);
    bench.powerCycle();
    assertThat(bench.read(0, 1)).containsExactly(7);
  }

  // ---- durability with the cache off, and what passes the cache

  @Test
  void losesNothingThatWasWrittenWithTheCacheOffOrPastIt() {
    CardBench bench = card();
    bench.write(0, 1, 1);
    bench.set(33, 1);
    bench.write(1, 1, 2);
    bench.send(23, 0x80000001);
    bench.send(25, 2);
    bench.give(CardBench.filled(1, 3));
    bench.send(23, 0x01000001);
    bench.send(25, 3);
    bench.give(CardBench.filled(1, 4));
    bench.powerCycle();
    assertThat(bench.read(0, 4)).containsExactly(1, 0, 3, 4);
  }
}
