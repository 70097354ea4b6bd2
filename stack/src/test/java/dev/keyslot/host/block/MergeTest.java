package dev.keyslot.host.block;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.RecordingSlots;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Which bios share a request, and where a bio is cut. */
class MergeTest {

  private static final QueueLimits LIMITS = new QueueLimits(1L << 32, 31, 64, 4, 65536, 1000);

  private final Bios bios = new Bios();
  private final RecordingDriver driver = new RecordingDriver(LIMITS);
  private final RequestQueue queue = new RequestQueue(driver);
  private final RecordingSlots slots = new RecordingSlots();
  private final KeyslotManager manager = slots.manager(4);
  private final CryptoKey key = Bios.key(0, 4096);

  MergeTest() {
    queue.setKeyslotManager(manager);
  }

  private void plug(Bio... all) {
    Plug plug = new Plug();
    for (Bio bio : all) {
      queue.submit(plug, bio);
    }
    queue.finish(plug);
  }

  @Test
  void aBioBehindARequestMergesAtTheBack() {
    plug(bios.write(0, 8), bios.write(8, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+16 [4096, 4096]", "commit");
  }

  @Test
  void aBioBeforeARequestMergesAtTheFrontAndTheMemoryFollowsTheSectors() {
    Bio late = bios.write(8, 8);
    Bio early = bios.write(6, 2);
    plug(late, early);
    assertThat(driver.log()).containsExactly("WRITE 6+10 [1024, 4096]", "commit");
    BlockRequest request = driver.taken().getFirst();
    assertThat(request.segment(0)).isEqualTo(early.segment(0));
    assertThat(request.segment(1)).isEqualTo(late.segment(0));
  }

  @Test
  void aBioThatFillsAGapJoinsTwoRequests() {
    plug(bios.write(0, 8), bios.write(16, 8), bios.write(8, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+24 [4096, 4096, 4096]", "commit");
    driver.finishAll();
    queue.poll();
    assertThat(bios.outcomes()).hasSize(3).allMatch(outcome -> outcome.endsWith("OK"));
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void aGapClosedFromTheFrontJoinsTwoRequestsToo() {
    plug(bios.write(16, 8), bios.write(0, 8), bios.write(8, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+24 [4096, 4096, 4096]", "commit");
  }

  @Test
  void differentOperationsDoNotMerge() {
    plug(bios.write(0, 8), bios.read(8, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+8 [4096]", "READ 8+8 [4096]", "commit");
  }

  @Test
  void nothingMergesWithForcedUnitAccess() {
    plug(bios.write(0, 8), bios.write(8, 8).fua(true), bios.write(16, 8), bios.write(24, 8));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+8 [4096]", "WRITE 8+8 [4096] fua", "WRITE 16+16 [4096, 4096]", "commit");
  }

  @Test
  void discardsDoNotMerge() {
    plug(bios.bio(BlockOperation.DISCARD, 0, 8), bios.bio(BlockOperation.DISCARD, 8, 8));
    assertThat(driver.log()).containsExactly("DISCARD 0+8", "DISCARD 8+8", "commit");
  }

  @Test
  void sectorsAndSegmentsOfARequestStayWithinTheLimits() {
    plug(bios.write(0, 60), bios.write(60, 8));
    assertThat(driver.log()).containsExactly("WRITE 0+60 [30720]", "WRITE 60+8 [4096]", "commit");
    plug(bios.write(0, 1), bios.write(1, 1), bios.write(2, 1), bios.write(3, 1), bios.write(4, 1));
    assertThat(driver.log())
        .containsExactly("WRITE 0+4 [512, 512, 512, 512]", "WRITE 4+1 [512]", "commit");
  }

  @Test
  void aLargeBioIsCutBySectorsAndByLengthOfSegments() {
    RecordingDriver small = new RecordingDriver(new QueueLimits(10_000, 31, 64, 4, 10_000, 0));
    new RequestQueue(small).submit(bios.read(5, 100));
    assertThat(small.log())
        .as("10000 bytes hold 19 sectors; four of those make a request, or 64 sectors")
        .containsExactly("READ 5+64 [9728, 9728, 9728, 3584]", "READ 69+36 [9728, 8704]", "commit");
  }

  @Test
  void cutPointsOfAnEncryptedBioAreRoundedDownToTheDataUnit() {
    RecordingDriver small = new RecordingDriver(new QueueLimits(10_000, 31, 63, 4, 10_000, 0));
    RequestQueue encrypting = new RequestQueue(small);
    encrypting.setKeyslotManager(manager);
    encrypting.submit(bios.read(0, 64).crypto(key, 7));
    assertThat(small.log())
        .as("two units of 4096 to a segment of 10000 bytes, seven to 63 sectors")
        .containsExactly(
            "READ 0+56 [8192, 8192, 8192, 4096] dun=7 slot=0",
            "READ 56+8 [4096] dun=14 slot=0",
            "commit");
  }

  @Test
  void aQueueThatCannotCarryOneDataUnitRefusesTheBio() {
    RequestQueue tiny =
        new RequestQueue(new RecordingDriver(new QueueLimits(10_000, 31, 7, 4, 65536, 0)));
    tiny.setKeyslotManager(manager);
    tiny.submit(bios.read(0, 8).crypto(key, 7));
    assertThat(bios.outcomes()).containsExactly("READ 0+8 INVAL");
  }

  @Test
  void encryptedBiosMergeWhenTheKeyIsOneObjectAndTheNumbersFollow() {
    plug(bios.write(0, 8).crypto(key, 100), bios.write(8, 16).crypto(key, 101));
    assertThat(driver.log()).containsExactly("WRITE 0+24 [4096, 8192] dun=100 slot=0", "commit");
  }

  @Test
  void aFrontMergeTakesTheNumberOfTheNewFirstBio() {
    plug(bios.write(8, 8).crypto(key, 101), bios.write(0, 8).crypto(key, 100));
    assertThat(driver.log()).containsExactly("WRITE 0+16 [4096, 4096] dun=100 slot=0", "commit");
  }

  @Test
  void numbersThatDoNotFollowKeepBiosApart() {
    plug(bios.write(0, 8).crypto(key, 100), bios.write(8, 8).crypto(key, 102));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+8 [4096] dun=100 slot=0", "WRITE 8+8 [4096] dun=102 slot=0", "commit");
  }

  @Test
  void anotherKeyObjectWithTheSameBytesDoesNotMerge() {
    plug(bios.write(0, 8).crypto(key, 1), bios.write(8, 8).crypto(Bios.key(0, 4096), 2));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+8 [4096] dun=1 slot=0", "WRITE 8+8 [4096] dun=2 slot=1", "commit");
  }

  @Test
  void plainAndEncryptedDoNotMerge() {
    plug(bios.write(0, 8).crypto(key, 1), bios.write(8, 8));
    assertThat(driver.log())
        .containsExactly("WRITE 0+8 [4096] dun=1 slot=0", "WRITE 8+8 [4096]", "commit");
  }

  @Test
  void aPlugAsksForAKeyOnce() {
    Bio[] many = new Bio[20];
    for (int i = 0; i < many.length; i++) {
      many[i] = bios.read(i * 1000L, 8).crypto(key, i * 3L);
    }
    plug(many);
    assertThat(slots.log()).hasSize(1);
    assertThat(driver.taken()).hasSize(20).allMatch(request -> request.keyslot() == 0);
    driver.finishAll();
    queue.poll();
    assertThat(queue.unfinished()).isZero();
  }

  @Test
  void memoryThatIsNotCutIsPassedOnAsItIs() {
    MemorySegment memory = bios.memory(4096);
    plug(bios.bio(BlockOperation.READ, 0, memory));
    assertThat(driver.taken().getFirst().segment(0)).isSameAs(memory);
  }
}
