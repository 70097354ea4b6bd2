package dev.keyslot.host.mmc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ScriptedCard;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flushes, trims and hole queries through the one direct slot; errors, recovery, timeouts. */
class MmcBlockDriverTest {

  private static final int DCMD = 31;

  private final DriverBench bench = new DriverBench();
  private final List<Long> bells = new ArrayList<>();
  private MmcHost host;
  private DriverIo io;

  @BeforeEach
  void bind() throws ProbeException {
    host = bench.bind();
    io = new DriverIo(host.queue(), bench.memory);
    bench.window.onDoorbell(bells::add);
    bench.card.forgetCommands();
  }

  /** Command index and argument of the direct command in slot 31, such as {@code 38:00000001}. */
  private String direct() {
    long word = DriverIo.task(bench.window, bench.dma, DCMD, 0);
    return String.format("%d:%08x", (word >> 16) & 0x3F, word >>> 32);
  }

  private boolean barrier() {
    return (DriverIo.task(bench.window, bench.dma, DCMD, 0) & 0x4000) != 0;
  }

  private void finish(int slot) {
    bench.window.complete(slot);
    host.queue().poll();
  }

  @Test
  void completesARequestOnceWhenItsTaskIsDone() {
    Outcome outcome = io.data(BlockOperation.READ, 0, 8, null, 0);
    assertThat(outcome.status()).isNull();
    finish(0);
    assertThat(outcome.status()).isEqualTo(BlockStatus.OK);
    host.queue().poll();
    assertThat(outcome.calls()).isEqualTo(1);
  }

  @Test
  void refusesMemoryThatTheDeviceCannotReach() {
    DriverIo elsewhere = new DriverIo(host.queue(), Arena.ofAuto().allocate(4096, 4096));
    Outcome outcome = elsewhere.data(BlockOperation.WRITE, 0, 8, null, 0);
    host.queue().poll();
    assertThat(outcome.status()).isEqualTo(BlockStatus.IOERR);
    assertThat(bells).isEmpty();
  }

  @Test
  void trimsByThreeDirectCommandsWithTheBarrierOnTheLast() {
    Outcome outcome = io.plain(BlockOperation.WRITE_ZEROES, 0x800, 0x10, false);
    assertThat(direct()).isEqualTo("35:00000800");
    assertThat(barrier()).isFalse();
    finish(DCMD);
    assertThat(direct()).isEqualTo("36:0000080f");
    assertThat(barrier()).isFalse();
    finish(DCMD);
    assertThat(direct()).isEqualTo("38:00000001");
    assertThat(barrier()).isTrue();
    assertThat(outcome.status()).isNull();
    finish(DCMD);
    assertThat(outcome.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void addressesTrimsInBytesOnASmallCard() throws ProbeException {
    DriverBench small = new DriverBench(new ScriptedCard(1L << 20));
    MmcHost smallHost = small.bind();
    new DriverIo(smallHost.queue(), small.memory).plain(BlockOperation.DISCARD, 0x800, 0x10, false);
    assertThat(DriverIo.task(small.window, small.dma, DCMD, 0) >>> 32).isEqualTo(0x10_0000L);
  }

  @Test
  void keepsOtherDirectCommandsOutOfATrim() {
    Outcome trim = io.plain(BlockOperation.DISCARD, 0, 8, false);
    Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    Outcome second = io.plain(BlockOperation.DISCARD, 64, 8, false);
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      seen.add(direct());
      finish(DCMD);
    }
    assertThat(seen)
        .containsExactly(
            "35:00000000",
            "36:00000007",
            "38:00000001",
            "6:03200101",
            "35:00000040",
            "36:00000047",
            "38:00000001");
    assertThat(List.of(trim.status(), flush.status(), second.status()))
        .containsOnly(BlockStatus.OK);
  }

  @Test
  void flushesAfterATrimThatMustBeDurable() {
    Outcome outcome = io.plain(BlockOperation.WRITE_ZEROES, 0, 8, true);
    finish(DCMD);
    finish(DCMD);
    finish(DCMD);
    assertThat(outcome.status()).isNull();
    assertThat(direct()).isEqualTo("6:03200101");
    finish(DCMD);
    assertThat(outcome.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void flushesAfterADurableWriteWhereTheCardHasNoEnhancedReliableWrite() throws ProbeException {
    DriverBench plain = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(166, 0));
    MmcHost plainHost = plain.bind();
    Outcome outcome = new DriverIo(plainHost.queue(), plain.memory).writeFua(0, 8);
    plain.window.complete(0);
    plainHost.queue().poll();
    assertThat(outcome.status()).isNull();
    assertThat(DriverIo.task(plain.window, plain.dma, DCMD, 0)).isEqualTo(0x0320_0101_0186_402FL);
    plain.window.complete(DCMD);
    plainHost.queue().poll();
    assertThat(outcome.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void doesNotOfferZeroingWhereErasedReadsOnes() throws ProbeException {
    DriverBench ones = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(181, 1));
    assertThat(ones.bind().queue().supports(BlockOperation.WRITE_ZEROES)).isFalse();
  }

  @Test
  void asksTheCardForExtentsFromTheBlockThatHoldsTheSector() {
    bench.window.onDoorbell(
        bits -> {
          assertThat(direct()).isEqualTo("60:00001000");
          bench.window.set(ScriptedWindow.CQ + 0x48, 0x8000_0003);
          bench.window.complete(DCMD);
        });
    assertThat(host.queue().extent(0x1004)).isEqualTo(-(3 * 8 - 4));
    bench.window.onDoorbell(
        bits -> {
          bench.window.set(ScriptedWindow.CQ + 0x48, 0x0000_0001);
          bench.window.complete(DCMD);
        });
    assertThat(host.queue().extent(0x1000)).isEqualTo(8);
  }

  @Test
  void reportsDataToTheEndWhereTheCardKnowsNoHoles() throws ProbeException {
    DriverBench mute = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(64, 0));
    assertThat(mute.bind().queue().extent(8)).isEqualTo(DriverBench.LARGE_SECTORS - 8);
  }

  private void redOnTask(int task, int r1) {
    bench.window.set(ScriptedWindow.CQ + 0x5C, r1);
    bench.window.set(ScriptedWindow.CQ + 0x54, 0x8000 | task << 8 | 44);
    bench.window.raiseQueue(0x04);
    host.queue().poll();
  }

  @Test
  void failsOnlyTheTaskThatTheCardRefusedAndDoesTheOthersAgain() {
    Outcome healthy = io.data(BlockOperation.READ, 0, 8, null, 0);
    Outcome broken = io.data(BlockOperation.READ, 100, 8, null, 0);
    bells.clear();
    redOnTask(1, 0x0020_0900); // DEVICE_ECC_FAILED
    assertThat(broken.status()).isEqualTo(BlockStatus.MEDIUM);
    assertThat(healthy.status()).isNull();
    host.queue().poll();
    assertThat(bells).as("the other one is rung again").containsExactly(1L);
    finish(0);
    assertThat(healthy.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void discardsTheCardsQueueInRecovery() {
    io.data(BlockOperation.READ, 100, 8, null, 0);
    redOnTask(0, 0x0020_0900);
    assertThat(bench.card.commands()).containsExactly("CMD12 00000000", "CMD48 00000001");
  }

  @Test
  void reportsAFullMediumAsNoSpace() {
    Outcome write = io.data(BlockOperation.WRITE, 100, 8, null, 0);
    redOnTask(0, 0x0008_0940);
    assertThat(write.status()).isEqualTo(BlockStatus.NOSPC);
  }

  @Test
  void triesThreeTimesAfterCrcErrors() {
    Outcome read = io.data(BlockOperation.READ, 100, 8, null, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(read.status()).as("try %d", i).isNull();
      bench.window.set(ScriptedWindow.CQ + 0x54, 0x8000_0000 | 46 << 16);
      bench.window.raise(0x0020_0000); // data CRC
      host.queue().poll();
      host.queue().poll();
    }
    assertThat(read.status()).isEqualTo(BlockStatus.PROTECTION);
    assertThat(read.calls()).isEqualTo(1);
  }

  @Test
  void marksTheFirstTaskWhenTheHardwareNamesNone() {
    Outcome first = io.data(BlockOperation.WRITE, 100, 8, null, 0);
    for (int i = 0; i < 3; i++) {
      bench.window.set(ScriptedWindow.CQ + 0x54, 0);
      bench.window.raiseQueue(0x10); // GCE
      host.queue().poll();
      host.queue().poll();
    }
    assertThat(first.status()).isEqualTo(BlockStatus.IOERR);
  }

  @Test
  void doesNotLoseAFlushInRecovery() {
    Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    io.data(BlockOperation.READ, 100, 8, null, 0);
    bells.clear();
    redOnTask(1, 0x0020_0900);
    host.queue().poll();
    assertThat(flush.status()).isNull();
    assertThat(direct()).isEqualTo("6:03200101");
    assertThat(bells).contains(0x8000_0000L);
    finish(DCMD);
    assertThat(flush.status()).isEqualTo(BlockStatus.OK);
  }

  /** A controller that never stays up would have it start the same request again for ever. */
  @Test
  void givesUpOnWhatAHundredRecoveriesLost() {
    Outcome read = io.data(BlockOperation.READ, 0, 8, null, 0);
    Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    for (int i = 0; i < 100; i++) {
      assertThat(read.status()).as("recovery %d", i).isNull();
      assertThat(flush.status()).as("recovery %d", i).isNull();
      Outcome broken = io.data(BlockOperation.READ, 100, 8, null, 0);
      redOnTask(Long.numberOfTrailingZeros(bells.getLast()), 0x0020_0900);
      assertThat(broken.status()).isEqualTo(BlockStatus.MEDIUM);
      host.queue().poll();
    }
    assertThat(read.status()).isEqualTo(BlockStatus.TIMEOUT);
    assertThat(flush.status()).isEqualTo(BlockStatus.TIMEOUT);
  }

  @Test
  void recoversFromATaskThatNeverEnds() {
    Outcome stuck = io.data(BlockOperation.READ, 100, 8, null, 0);
    for (int i = 0; i < 3; i++) {
      assertThat(stuck.status()).isNull();
      bench.time.advance(61_000_000_000L);
      host.queue().poll();
      host.queue().poll();
    }
    assertThat(stuck.status()).isEqualTo(BlockStatus.TIMEOUT);
  }

  @Test
  void recoversWithinTheLimitsFromAnEngineThatDoesNotHalt() {
    Outcome read = io.data(BlockOperation.READ, 100, 8, null, 0);
    bench.window.haltWorks(false);
    long start = bench.time.nanoTime();
    redOnTask(0, 0x0020_0900);
    assertThat(bench.time.nanoTime() - start).isBetween(500_000_000L, 600_000_000L);
    assertThat(read.status()).isEqualTo(BlockStatus.MEDIUM);
  }

  @Test
  void endsEverythingAtOnceWhenTheCardIsPulled() {
    pullTheCard();
  }

  private void pullTheCard() {
    Outcome read = io.data(BlockOperation.READ, 100, 8, null, 0);
    Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    bench.window.set(0x24, 0x00F0_0000);
    bench.card.present(false);
    bench.window.raise(0x80);
    host.queue().poll();
    assertThat(read.status()).isEqualTo(BlockStatus.OFFLINE);
    assertThat(flush.status()).isEqualTo(BlockStatus.OFFLINE);
    Outcome later = io.data(BlockOperation.READ, 0, 8, null, 0);
    host.queue().poll();
    assertThat(later.status()).isEqualTo(BlockStatus.OFFLINE);
  }

  @Test
  void servesOnWhenTheSameCardIsBack() {
    pullTheCard();
    bench.window.set(0x24, 0x01FF_00F0);
    bench.card.present(true);
    var queue = host.queue();
    host.detect();
    assertThat(host.queue()).isSameAs(queue);
    Outcome again = io.data(BlockOperation.READ, 0, 8, null, 0);
    finish(Long.numberOfTrailingZeros(bells.getLast()));
    assertThat(again.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void neverServesTheOldQueueFromAnotherCard() {
    pullTheCard();
    bench.window.set(0x24, 0x01FF_00F0);
    bench.card.present(true).cid("aa014a454d4d43353110cafecafebd01");
    var queue = host.queue();
    host.detect();
    assertThat(host.queue()).isNotSameAs(queue);
    Outcome old = io.data(BlockOperation.READ, 0, 8, null, 0);
    queue.poll();
    assertThat(old.status()).isEqualTo(BlockStatus.OFFLINE);
  }
}
