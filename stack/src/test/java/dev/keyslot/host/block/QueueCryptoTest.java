package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.RecordingSlots;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Encrypted bios through the queue: checked, given a slot, parked without one, never in clear. */
class QueueCryptoTest {

  private static final QueueLimits LIMITS = new QueueLimits(10_000, 8, 64, 4, 65536, 1000);

  private final Bios bios = new Bios();
  private final RecordingDriver driver = new RecordingDriver(LIMITS);
  private final RequestQueue queue = new RequestQueue(driver);
  private final RecordingSlots slots = new RecordingSlots();
  private final KeyslotManager manager = slots.manager(2);
  private final CryptoKey a = Bios.key(1, 4096);
  private final CryptoKey b = Bios.key(2, 4096);
  private final CryptoKey c = Bios.key(3, 4096);

  QueueCryptoTest() {
    queue.setKeyslotManager(manager);
  }

  private Bio write(long sector, CryptoKey key) {
    return bios.write(sector, 8).crypto(key, sector / 8);
  }

  private void poll() {
    driver.finishAll();
    queue.poll();
  }

  @Test
  void aBioWithoutDataMustNotHaveAContext() {
    queue.submit(bios.bio(BlockOperation.DISCARD, 0, 8).crypto(a, 0));
    queue.submit(bios.bio(BlockOperation.FLUSH, 0, 0).crypto(a, 0));
    assertThat(bios.outcomes()).containsExactly("DISCARD 0+8 IOERR", "FLUSH 0+0 IOERR");
    assertThat(driver.log()).isEmpty();
  }

  @Test
  void aConfigurationThatTheHardwareLacksIsNotSupportedAndNothingIsSent() {
    CryptoKey odd = Bios.key(1, 1024);
    queue.submit(bios.write(0, 8).crypto(odd, 0));
    RequestQueue plain = new RequestQueue(driver);
    plain.submit(bios.write(8, 8).crypto(a, 0));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 NOTSUPP", "WRITE 8+8 NOTSUPP");
    assertThat(driver.log()).isEmpty();
    assertThat(queue.startUsingKey(odd)).isEqualTo(BlockStatus.NOTSUPP);
    assertThat(plain.startUsingKey(a)).isEqualTo(BlockStatus.NOTSUPP);
    assertThat(queue.startUsingKey(a)).isEqualTo(BlockStatus.OK);
  }

  /** Offset and length of each segment are whole data units, or the bio is invalid. */
  @Test
  void aSegmentThatIsNotMadeOfWholeUnitsIsInvalid() {
    queue.submit(
        bios.bio(BlockOperation.WRITE, 0, bios.memory(4096 + 512), bios.memory(4096 - 512))
            .crypto(a, 0));
    queue.submit(
        bios.bio(BlockOperation.WRITE, 0, bios.memory(8192).asSlice(512, 4096)).crypto(a, 0));
    queue.submit(bios.write(0, 1).crypto(a, 0));
    assertThat(bios.outcomes())
        .containsExactly("WRITE 0+16 INVAL", "WRITE 0+8 INVAL", "WRITE 0+1 INVAL");
  }

  @Test
  void plainMemoryMayLieAnywhere() {
    queue.submit(bios.bio(BlockOperation.WRITE, 0, bios.memory(8192).asSlice(3, 512)));
    assertThat(driver.log()).containsExactly("WRITE 0+1 [512]", "commit");
  }

  /** The card's data unit number has 32 bits: the last unit of a request must fit them. */
  @ParameterizedTest
  @CsvSource({
    "0xFFFFFFFF, 8, true",
    "0xFFFFFFFF, 16, false",
    "0xFFFFFFFE, 16, true",
    "0x100000000, 8, false",
    "0xFFFFFFFFFFFFFFFF, 8, false"
  })
  void dataUnitNumbersStayBelow32Bits(String first, int sectors, boolean taken) {
    long dun = Long.parseUnsignedLong(first.substring(2), 16);
    queue.submit(bios.write(0, sectors).crypto(a, dun));
    assertThat(driver.log().isEmpty()).isNotEqualTo(taken);
    assertThat(bios.outcomes())
        .isEqualTo(taken ? List.of() : List.of("WRITE 0+" + sectors + " INVAL"));
  }

  @Test
  void highLimbsCountInTheRangeToo() {
    queue.submit(bios.write(0, 8).crypto(a, 0, 1, 0, 0));
    queue.submit(bios.write(0, 8).crypto(a, 0, 0, 0, 1));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 INVAL", "WRITE 0+8 INVAL");
  }

  @Test
  void theKeyslotIsReleasedBeforeTheLastCompletionSoThatTheOwnerMayEvict() {
    List<String> seen = new ArrayList<>();
    Bio bio = write(0, a);
    bio.completion(
        (done, status) -> {
          queue.evictKey(a);
          seen.add(status + " content=" + slots.content(0));
        });
    queue.submit(bio);
    poll();
    assertThat(seen).containsExactly("OK content=null");
    assertThat(slots.log()).contains("evict 0 " + a.id());
  }

  @Test
  void withoutAFreeSlotTheRequestWaitsButPlainOnesGoOn() {
    queue.submit(write(0, a));
    queue.submit(write(100, b));
    queue.submit(write(200, c));
    queue.submit(bios.write(300, 8));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+8 [4096] dun=0 slot=0",
            "commit",
            "WRITE 100+8 [4096] dun=12 slot=1",
            "commit",
            "WRITE 300+8 [4096]",
            "commit");
    driver.finishOldest(BlockStatus.OK);
    queue.poll();
    assertThat(driver.log()).containsExactly("WRITE 200+8 [4096] dun=25 slot=0", "commit");
  }

  @Test
  void nobodyOvertakesARequestThatWaitsForASlot() {
    queue.submit(write(0, a));
    queue.submit(write(100, b));
    queue.submit(write(200, c));
    queue.submit(write(304, a));
    driver.log();
    driver.finishOldest(BlockStatus.OK);
    queue.poll();
    assertThat(driver.log())
        .as("c takes the slot of a, and a waits in its turn")
        .containsExactly("WRITE 200+8 [4096] dun=25 slot=0", "commit");
    poll();
    assertThat(driver.log()).containsExactly("WRITE 304+8 [4096] dun=38 slot=1", "commit");
    poll();
    assertThat(queue.unfinished()).isZero();
    assertThat(bios.outcomes()).hasSize(4);
  }

  @Test
  void aSlotReleasedElsewhereIsNoticedByTheNextPoll() throws Exception {
    int held = manager.tryAcquire(a);
    int alsoHeld = manager.tryAcquire(b);
    queue.submit(write(0, c));
    assertThat(queue.poll()).isZero();
    manager.release(alsoHeld);
    assertThat(queue.poll()).isPositive();
    assertThat(driver.log()).containsExactly("WRITE 0+8 [4096] dun=0 slot=1", "commit");
    manager.release(held);
  }

  @Test
  void aRequestThatWaitsForASlotIsCountedAndTimed() {
    long[] now = {1000};
    RequestQueue timed = new RequestQueue(driver, () -> now[0]);
    timed.setKeyslotManager(manager);
    timed.submit(write(0, a));
    timed.submit(write(100, b));
    assertThat(manager.counters().waits()).isZero();
    timed.submit(write(200, c));
    now[0] = 1700;
    assertThat(timed.poll()).as("nothing released yet").isZero();
    assertThat(manager.counters().waits()).as("one wait, however often looked at").isEqualTo(1);
    assertThat(manager.counters().waitNanos()).isZero();
    now[0] = 4000;
    driver.finishOldest(BlockStatus.OK);
    timed.poll();
    assertThat(manager.counters().waitNanos()).isEqualTo(3000);
    assertThat(manager.counters().waits()).isEqualTo(1);
  }

  @Test
  void aBioWhoseKeyIsClosedFailsAndNobodyElse() {
    CryptoKey closed = Bios.key(4, 4096);
    closed.close();
    queue.submit(write(0, closed));
    queue.submit(write(100, a));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 INVAL");
    assertThat(driver.log()).containsExactly("WRITE 100+8 [4096] dun=12 slot=0", "commit");
  }

  @Test
  void aGroupAtItsShareDoesNotHoldUpOtherGroups() {
    KeyslotManager four = slots.manager(4);
    four.setGroupShare(1);
    queue.setKeyslotManager(four);
    CryptoKey first = Bios.key(1, a.config(), 1);
    CryptoKey second = Bios.key(2, a.config(), 1);
    CryptoKey other = Bios.key(3, a.config(), 2);
    queue.submit(write(0, first));
    queue.submit(write(80, second));
    queue.submit(write(160, other));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+8 [4096] dun=0 slot=0",
            "commit",
            "WRITE 160+8 [4096] dun=20 slot=1",
            "commit");
    driver.finishOldest(BlockStatus.OK);
    queue.poll();
    assertThat(driver.log()).containsExactly("WRITE 80+8 [4096] dun=10 slot=0", "commit");
  }

  @ParameterizedTest
  @EnumSource(Reason.class)
  void aKeyThatCannotBeProgrammedFailsItsBioWithTheKernelsStatus(Reason reason) {
    BlockStatus expected =
        switch (reason) {
          case NOT_SUPPORTED -> BlockStatus.NOTSUPP;
          case TIMED_OUT -> BlockStatus.TIMEOUT;
          case NO_MEMORY -> BlockStatus.RESOURCE;
          case BUSY -> BlockStatus.DEV_RESOURCE;
          case TRY_AGAIN -> BlockStatus.AGAIN;
          case ILLEGAL_SEQUENCE -> BlockStatus.PROTECTION;
          case NO_DATA -> BlockStatus.MEDIUM;
          case INVALID -> BlockStatus.INVAL;
          case BAD_MESSAGE, OVERFLOW, IO_ERROR -> BlockStatus.IOERR;
        };
    slots.failures.add(reason);
    queue.submit(write(0, a));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 " + expected);
    assertThat(driver.log()).isEmpty();
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void aRequestGivenBackKeepsItsSlotAndItsNumber() {
    queue.submit(bios.write(0, 16).crypto(a, 5));
    BlockRequest request = driver.taken().getFirst();
    request.context.advance(4096);
    driver.giveBack(request);
    driver.log();
    queue.poll();
    assertThat(driver.log())
        .as("the number is computed anew")
        .containsExactly("WRITE 0+16 [8192] dun=5 slot=0", "commit");
    assertThat(slots.log()).hasSize(1);
    poll();
    assertThat(bios.outcomes()).containsExactly("WRITE 0+16 OK");
  }

  @Test
  void theSecondPieceOfACutBioIsNumberedAnewFromWhereItStarts() {
    queue.submit(bios.write(0, 128).crypto(a, 5));
    BlockRequest second = driver.taken().get(1);
    assertThat(second.crypto().dunLow()).isEqualTo(13);
    driver.giveBack(second);
    driver.log();
    queue.poll();
    assertThat(driver.log()).containsExactly("WRITE 64+64 [32768] dun=13 slot=0", "commit");
  }

  @Test
  void aDeviceWithoutSlotsGetsTheContextAlone() {
    queue.setKeyslotManager(slots.manager(0));
    queue.submit(write(0, a));
    assertThat(driver.log()).containsExactly("WRITE 0+8 [4096] dun=0 slot=-1", "commit");
    assertThat(driver.taken().getFirst().crypto().key()).isSameAs(a);
    poll();
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void registeringChangesNothingInTheManagerAndNeedsNoCounterpart() {
    KeyslotManager other = slots.manager(3);
    assertThat(queue.setKeyslotManager(other)).isTrue();
    assertThat(queue.keyslotManager()).isSameAs(other);
    assertThat(other.counters().hits() + other.counters().programs()).isZero();
  }

  @Test
  void anEvictionThatFailsIsLoggedAndTheKeyForgotten() {
    queue.submit(write(0, a));
    poll();
    slots.failures.add(Reason.IO_ERROR);
    queue.evictKey(a);
    slots.log();
    queue.submit(write(0, a));
    assertThat(slots.log()).hasSize(1).allMatch(entry -> entry.startsWith("program"));
  }
}
