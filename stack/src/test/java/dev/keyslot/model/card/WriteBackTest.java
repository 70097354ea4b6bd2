package dev.keyslot.model.card;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.CardBench;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A medium that refuses a sector: the cache keeps what it has acknowledged, and says so where a
 * command can be told. Addresses are bytes; the cache holds 128 sectors.
 */
class WriteBackTest {

  private static final long SECTORS = 8192;
  private static final int SECTOR = 512;
  private static final int CACHED = 128;
  private static final int READY = 0x900;
  private static final int ERROR = 0x80000;

  private final HeapMedia heap = new HeapMedia(SECTORS * SECTOR);
  private CardBench bench;

  /** Refuses sector 5 that often. */
  @BeforeEach
  void refusedOnce() {
    refusing("media-write-fails index 5 first 1");
  }

  private void refusing(String plan) {
    FaultyMedia media = new FaultyMedia(heap, FaultPlan.parse(plan, 1, line -> {}));
    CardProfile profile = CardProfile.losing(SECTORS, PowerLoss.NONE, 1);
    bench = new CardBench(profile, media).powerUp();
    assertThat(bench.set(33, 1)).isEqualTo(READY);
  }

  private int onMedium(int sector) {
    byte[] bytes = new byte[SECTOR];
    heap.read((long) sector * SECTOR, MemorySegment.ofArray(bytes));
    return bytes[0];
  }

  private int inCard(int sector) {
    return bench.read(sector * SECTOR, 1)[0];
  }

  @Test
  void aFlushThatFailsLosesNothing() {
    assertThat(bench.write(5 * SECTOR, 1, 0x11)).isEqualTo(READY);
    assertThat(bench.set(32, 1)).isEqualTo(READY | ERROR);
    assertThat(onMedium(5)).isZero();
    assertThat(inCard(5)).isEqualTo(0x11);
    assertThat(bench.set(32, 1)).as("the next one has more luck").isEqualTo(READY);
    assertThat(onMedium(5)).isEqualTo(0x11);
  }

  /** The oldest sector has to make room and cannot: the new one is refused. */
  @Test
  void aFullCacheThatCannotWriteBackTakesNothingIn() {
    assertThat(bench.write(5 * SECTOR, CACHED, 0x11)).isEqualTo(READY);
    assertThat(bench.write(200 * SECTOR, 1, 0x22)).isEqualTo(READY | ERROR);
    assertThat(inCard(5)).isEqualTo(0x11);
    assertThat(inCard(200)).isZero();
    assertThat(bench.write(200 * SECTOR, 1, 0x22)).isEqualTo(READY);
    assertThat(onMedium(5)).as("made room").isEqualTo(0x11);
    assertThat(inCard(200)).isEqualTo(0x22);
  }

  @Test
  void aReliableWriteThatFailsLeavesTheCachedContent() {
    assertThat(bench.write(5 * SECTOR, 1, 0x11)).isEqualTo(READY);
    bench.send(23, 0x80000001);
    bench.send(25, 5 * SECTOR);
    assertThat(bench.give(CardBench.filled(1, 0x22))).isEqualTo(DataOutcome.FAILED);
    assertThat(bench.status()).isEqualTo(READY | ERROR);
    assertThat(inCard(5)).isEqualTo(0x11);
  }

  @Test
  void aTrimThatFailsLeavesTheCachedContent() {
    assertThat(bench.write(5 * SECTOR, 1, 0x11)).isEqualTo(READY);
    assertThat(bench.erase(5 * SECTOR, 5 * SECTOR, 1)).isEqualTo(READY | ERROR);
    assertThat(inCard(5)).isEqualTo(0x11);
  }

  /** CACHE_CTRL goes off all the same: what is written from then on is durable at once. */
  @Test
  void aCacheThatCannotBeWrittenOutGoesOffAndKeepsWhatIsLeft() {
    refusing("media-write-fails index 5 first 2");
    assertThat(bench.write(5 * SECTOR, 2, 0x11)).isEqualTo(READY);
    assertThat(bench.set(33, 0)).isEqualTo(READY | ERROR);
    assertThat(bench.extCsd()[33]).isZero();
    assertThat(inCard(5)).isEqualTo(0x11);
    assertThat(bench.write(9 * SECTOR, 1, 0x22)).isEqualTo(READY);
    assertThat(onMedium(9)).isEqualTo(0x22);
    assertThat(bench.set(32, 1)).isEqualTo(READY);
    assertThat(onMedium(5)).isEqualTo(0x11);
    assertThat(onMedium(6)).isEqualTo(0x11);
  }

  /** CMD0 writes the cache out, and has no answer to tell a failure with. */
  @Test
  void whatGoIdleCannotWriteOutWaitsForAFlush() {
    assertThat(bench.write(5 * SECTOR, 1, 0x11)).isEqualTo(READY);
    bench.identify();
    assertThat(onMedium(5)).isZero();
    assertThat(inCard(5)).isEqualTo(0x11);
    assertThat(bench.set(32, 1)).isEqualTo(READY);
    assertThat(onMedium(5)).isEqualTo(0x11);
  }

  // ---- busy that goes on by itself

  /** CMD12 comes while the card erases: the erase is complete all the same, and no sequence. */
  @Test
  void anEraseUnderWayIsNotBrokenByAStop() {
    bench.write(8 * SECTOR, 4, 0x11);
    bench.send(35, 9 * SECTOR);
    bench.send(36, 10 * SECTOR);
    assertThat(bench.sendOnly(38, 1)).isEqualTo(READY);
    bench.send(12, 0);
    assertThat(bench.status()).as("no ERASE_RESET").isEqualTo(READY);
    assertThat(bench.read(8 * SECTOR, 4)).containsExactly(0x11, 0, 0, 0x11);
  }

  /** The answer to CMD38 was garbled on its way back; the card erases without being waited for. */
  @Test
  void aBusyNobodyHeardOfEnds() {
    FaultPlan plan = FaultPlan.parse("command-crc index 38 nth 1", 1, line -> {});
    FaultyCard card =
        new FaultyCard(
            new EmmcCard(
                CardProfile.losing(SECTORS, PowerLoss.NONE, 1), new FaultyMedia(heap, plan)),
            plan);
    CardResponse response = new CardResponse();
    heap.write(0, MemorySegment.ofArray(CardBench.filled(1, 0x11)));
    card.power(true);
    int[][] bringUp = {
      {0, 0}, {1, 0x40FF8080}, {1, 0x40FF8080}, {2, 0}, {3, 0x10000}, {7, 0x10000}
    };
    for (int[] command : bringUp) {
      card.command(command[0], command[1], response);
    }
    card.command(35, 0, response);
    card.command(36, 0, response);
    card.command(38, 1, response);
    assertThat(response.line()).isEqualTo(CardResponse.Line.CRC_ERROR);
    card.command(13, 0x10000, response);
    assertThat(response.word()).as("tran, ready").isEqualTo(READY);
    assertThat(onMedium(0)).isZero();
    assertThat(plan.strikesByPoint()).containsOnlyKeys(FaultPoint.COMMAND_CRC);
  }
}
