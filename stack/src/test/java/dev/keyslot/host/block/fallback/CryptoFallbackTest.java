package dev.keyslot.host.block.fallback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.integrity.T10Dif;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Race;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.RecordingSlots;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Encryption in software around a queue that cannot encrypt. */
class CryptoFallbackTest {

  static final Parker NO_WAITING =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          throw new IllegalStateException("deadlock: nobody else runs");
        }

        @Override
        public void unpark(Thread thread) {}
      };

  private final Bios bios = new Bios();
  private final RecordingDriver driver =
      new RecordingDriver(new QueueLimits(100_000, 8, 1024, 16, 1 << 20, 1000));
  private final RequestQueue queue = new RequestQueue(driver);
  private final CryptoFallback fallback = fallback(new CryptoFallback.Settings(3, 2, 65536, 3, 4));
  private final CryptoKey key = Bios.key(0, 4096);

  private CryptoFallback fallback(CryptoFallback.Settings settings) {
    return new CryptoFallback(queue, XtsEngines.jdk(), settings, NO_WAITING, () -> 0);
  }

  private static byte[] bytes(MemorySegment segment) {
    return segment.toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] oracle(int firstKeyByte, long dun, int unit, byte[] plaintext) {
    return new XtsOracle(Patterns.ascending(firstKeyByte, 64)).encrypt(dun, unit, plaintext);
  }

  private MemorySegment filled(byte[] content) {
    return bios.memory(content.length).copyFrom(MemorySegment.ofArray(content));
  }

  private void poll() {
    driver.finishAll();
    fallback.poll();
  }

  @Test
  void aWriteLeavesTheOraclesCiphertextAndTheOwnersPlaintextAlone() {
    fallback.startUsingKey(key);
    MemorySegment plaintext = filled(Patterns.sevens(12288));
    fallback.submit(bios.bio(BlockOperation.WRITE, 16, plaintext).crypto(key, 7));
    BlockRequest request = driver.taken().getFirst();
    assertThat(request.crypto()).isNull();
    assertThat(bytes(request.segment(0))).isEqualTo(oracle(0, 7, 4096, Patterns.sevens(12288)));
    assertThat(bytes(plaintext)).isEqualTo(Patterns.sevens(12288));
    poll();
    assertThat(bios.outcomes()).containsExactly("WRITE 16+24 OK");
    assertThat(fallback.unfinished()).isZero();
  }

  @Test
  void aReadIsDecryptedInPlaceAfterItArrived() {
    fallback.startUsingKey(key);
    MemorySegment memory = bios.memory(8192);
    fallback.submit(
        bios.bio(BlockOperation.READ, 8, memory.asSlice(0, 4096), memory.asSlice(4096, 4096))
            .crypto(key, 9));
    memory.copyFrom(MemorySegment.ofArray(oracle(0, 9, 4096, Patterns.sevens(8192))));
    poll();
    assertThat(bytes(memory)).isEqualTo(Patterns.sevens(8192));
    assertThat(bios.outcomes()).containsExactly("READ 8+16 OK");
  }

  @Test
  void aReadThatFailedIsNotDecrypted() {
    fallback.startUsingKey(key);
    Bio read = bios.read(0, 8).crypto(key, 0);
    fallback.submit(read);
    driver.finishOldest(BlockStatus.MEDIUM);
    fallback.poll();
    assertThat(bios.outcomes()).containsExactly("READ 0+8 MEDIUM");
    assertThat(bytes(read.segment(0))).containsOnly(0);
    assertThat(fallback.slotCache().counters().programs()).isZero();
  }

  @Test
  void theZeroRuleHoldsOnReads() {
    CryptoKey zeros =
        Bios.key(0, new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, true));
    fallback.startUsingKey(zeros);
    MemorySegment memory = filled(oracle(0, 0, 4096, Patterns.sevens(4096)));
    memory.asSlice(512, 1024).fill((byte) 0);
    fallback.submit(bios.bio(BlockOperation.READ, 0, memory).crypto(zeros, 0));
    poll();
    byte[] expected = Patterns.sevens(4096);
    for (int i = 512; i < 1536; i++) {
      expected[i] = 0;
    }
    assertThat(bytes(memory)).isEqualTo(expected);
  }

  /** LUKS2 with 4096-byte sectors numbers them in 512-byte steps: 0, 8, 16. */
  @Test
  void aNumberThatGrowsByEightIsServedHere() {
    CryptoKey luks = Bios.key(0, key.config().withDunStep(8));
    queue.setKeyslotManager(new RecordingSlots().manager(4));
    assertThat(fallback.cryptoSupported(luks.config())).isFalse();
    assertThat(fallback.configSupported(luks.config())).isTrue();
    assertThat(fallback.startUsingKey(luks)).isEqualTo(BlockStatus.OK);
    MemorySegment memory = filled(Patterns.sevens(8192));
    fallback.submit(bios.bio(BlockOperation.WRITE, 0, memory).crypto(luks, 16));
    byte[] got = bytes(driver.taken().getFirst().segment(0));
    byte[] plain = Patterns.sevens(8192);
    assertThat(MemorySegment.ofArray(got).asSlice(0, 4096).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(oracle(0, 16, 4096, java.util.Arrays.copyOfRange(plain, 0, 4096)));
    assertThat(MemorySegment.ofArray(got).asSlice(4096, 4096).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(oracle(0, 24, 4096, java.util.Arrays.copyOfRange(plain, 4096, 8192)));
  }

  @Test
  void whatTheHardwareCanDoPassesThrough() {
    queue.setKeyslotManager(new RecordingSlots().manager(4));
    assertThat(fallback.cryptoSupported(key.config())).isTrue();
    assertThat(fallback.startUsingKey(key)).isEqualTo(BlockStatus.OK);
    Plug plug = new Plug();
    fallback.submit(plug, bios.write(0, 8).crypto(key, 3));
    fallback.submit(plug, bios.write(8, 8));
    fallback.finish(plug);
    assertThat(driver.log())
        .containsExactly("WRITE 0+8 [4096] dun=3 slot=0", "WRITE 8+8 [4096]", "commit");
    assertThat(fallback.slotCache().counters().programs()).isZero();
  }

  /** The key was announced: that the hardware had it at that time must not matter. */
  @Test
  void aKeyOfTheHardwareIsServedHereOnceIntegrityTakesTheHardwareAway() {
    queue.setKeyslotManager(new RecordingSlots().manager(4));
    assertThat(fallback.startUsingKey(key)).isEqualTo(BlockStatus.OK);
    queue.registerIntegrity(new T10Dif());
    fallback.submit(
        bios.bio(BlockOperation.WRITE, 16, filled(Patterns.sevens(4096))).crypto(key, 7));
    assertThat(bios.outcomes()).isEmpty();
    assertThat(bytes(driver.taken().getFirst().segment(0)))
        .isEqualTo(oracle(0, 7, 4096, Patterns.sevens(4096)));
  }

  /** Each announces another mode; none may be forgotten. */
  @Test
  void modesAnnouncedAtTheSameTimeAreAllWelcome() throws Exception {
    for (int round = 0; round < 100; round++) {
      FallbackSlots raced = new FallbackSlots(1, XtsEngines.jdk(), NO_WAITING, () -> 0);
      Race.of(() -> raced.start(CryptoMode.AES_256_XTS), () -> raced.start(CryptoMode.ADIANTUM));
      assertThat(raced.isStarted(CryptoMode.AES_256_XTS)).as("round %d", round).isTrue();
      assertThat(raced.isStarted(CryptoMode.ADIANTUM)).as("round %d", round).isTrue();
    }
  }

  @Test
  void aKeyThatMustNotUseHardwareIsServedHere() {
    queue.setKeyslotManager(new RecordingSlots().manager(4));
    CryptoKey soft = Bios.key(0, key.config().withoutHardware());
    assertThat(fallback.startUsingKey(soft)).isEqualTo(BlockStatus.OK);
    fallback.submit(bios.write(0, 8).crypto(soft, 3));
    assertThat(driver.log()).containsExactly("WRITE 0+8 [4096]", "commit");
  }

  @Test
  void aWrappedKeyIsRefused() {
    CryptoKey wrapped =
        Bios.key(0, new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.HW_WRAPPED, false));
    assertThat(fallback.configSupported(wrapped.config())).isFalse();
    assertThat(fallback.startUsingKey(wrapped)).isEqualTo(BlockStatus.NOTSUPP);
    fallback.submit(bios.write(0, 8).crypto(wrapped, 0));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 NOTSUPP");
    assertThat(driver.log()).isEmpty();
  }

  @Test
  void aKeyWithEqualHalvesIsRefused() {
    CryptoKey weak = CryptoKey.of(key.config(), MemorySegment.ofArray(Patterns.filled(0x11, 64)));
    fallback.startUsingKey(weak);
    fallback.submit(bios.write(0, 8).crypto(weak, 0));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 INVAL");
    assertThat(driver.log()).isEmpty();
    assertThat(fallback.unfinished()).isZero();
  }

  @Test
  void aKeyNobodyAnnouncedFails() {
    fallback.submit(bios.write(0, 8).crypto(key, 0));
    assertThat(bios.outcomes()).containsExactly("WRITE 0+8 IOERR");
  }

  @Test
  void misalignedMemoryNumbersOutOfRangeAndRangesPastTheEndAreRefusedBeforeAnyWork() {
    fallback.startUsingKey(key);
    fallback.submit(bios.bio(BlockOperation.READ, 0, bios.memory(512)).crypto(key, 0));
    fallback.submit(
        bios.bio(BlockOperation.READ, 0, bios.memory(8192).asSlice(512, 4096)).crypto(key, 0));
    fallback.submit(bios.write(0, 16).crypto(key, 0xFFFF_FFFFL));
    fallback.submit(bios.write(99_996, 8).crypto(key, 0));
    assertThat(bios.outcomes())
        .containsExactly(
            "READ 0+1 INVAL", "READ 0+8 INVAL", "WRITE 0+16 INVAL", "WRITE 99996+8 IOERR");
    assertThat(driver.log()).isEmpty();
  }

  @Test
  void operationsWithoutDataPassAndAContextOnThemIsAnError() {
    fallback.submit(bios.bio(BlockOperation.FLUSH, 0, 0));
    fallback.submit(bios.bio(BlockOperation.DISCARD, 0, 8).crypto(key, 0));
    assertThat(driver.log()).containsExactly("FLUSH", "commit");
    assertThat(bios.outcomes()).containsExactly("DISCARD 0+8 IOERR");
  }

  @Test
  void forcedUnitAccessReachesEveryBounceWrite() {
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, 256).crypto(key, 0).fua(true));
    assertThat(driver.log())
        .containsExactly(
            "WRITE 0+128 [65536] fua", "commit", "WRITE 128+128 [65536] fua", "commit");
  }

  @Test
  void pluggedBouncesMergeUnderOneCommit() {
    fallback.startUsingKey(key);
    Plug plug = new Plug();
    fallback.submit(plug, bios.write(0, 8).crypto(key, 0));
    fallback.submit(plug, bios.write(8, 8).crypto(key, 1));
    fallback.finish(plug);
    assertThat(driver.log()).containsExactly("WRITE 0+16 [4096, 4096]", "commit");
  }

  @Test
  void withoutABounceBufferTheWriteWaitsAndGoesOnInOrder() {
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, 5 * 128).crypto(key, 0));
    fallback.submit(bios.write(1000, 8).crypto(key, 0));
    fallback.submit(bios.read(2000, 8).crypto(key, 0));
    assertThat(driver.log()).hasSize(4).startsWith("WRITE 0+128 [65536]");
    poll();
    assertThat(driver.log())
        .containsExactly("WRITE 256+128 [65536]", "commit", "WRITE 384+128 [65536]", "commit");
    poll();
    assertThat(driver.log())
        .containsExactly(
            "WRITE 512+128 [65536]",
            "commit",
            "WRITE 1000+8 [4096]",
            "commit",
            "READ 2000+8 [4096]",
            "commit");
    poll();
    assertThat(bios.outcomes())
        .containsExactly("WRITE 0+640 OK", "WRITE 1000+8 OK", "READ 2000+8 OK");
    assertThat(fallback.unfinished()).isZero();
  }

  @Test
  void moreBiosThanMayWaitAreRefusedForNow() {
    fallback.startUsingKey(key);
    for (int i = 0; i < 3 + 4; i++) {
      fallback.submit(bios.read(i * 100L, 8).crypto(key, 0));
    }
    assertThat(bios.outcomes()).isEmpty();
    fallback.submit(bios.read(900, 8).crypto(key, 0));
    assertThat(bios.outcomes()).containsExactly("READ 900+8 DEV_RESOURCE");
    poll();
    poll();
    poll();
    assertThat(bios.outcomes()).hasSize(7).allMatch(outcome -> outcome.endsWith("OK"));
  }

  @Test
  void theFirstFailureOfAnyPartIsTheStatusAndTheRestIsNotWritten() {
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, 5 * 128).crypto(key, 0));
    driver.finishOldest(BlockStatus.NOSPC);
    driver.finishOldest(BlockStatus.OK);
    fallback.poll();
    assertThat(bios.outcomes()).containsExactly("WRITE 0+640 NOSPC");
    assertThat(fallback.unfinished()).isZero();
  }

  @Test
  void aDriverThatRefusesEverythingFailsAllThatWaitWithoutDeepRecursion() {
    fallback.startUsingKey(key);
    driver.room = 0;
    CryptoFallback large = fallback(new CryptoFallback.Settings(3, 1, 65536, 1, 8000));
    large.startUsingKey(key);
    for (int i = 0; i < 8000; i++) {
      large.submit(bios.write(0, 8).crypto(key, 0));
    }
    driver.refusing = true;
    large.poll();
    assertThat(bios.outcomes()).hasSize(8000).allMatch(outcome -> outcome.endsWith("IOERR"));
    assertThat(large.unfinished()).isZero();
    large.close();
  }

  @Test
  void evictionReachesTheOwnCacheAndTheDeviceUnderneath() {
    RecordingSlots hardware = new RecordingSlots();
    KeyslotManager manager = hardware.manager(4);
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, 8).crypto(key, 3));
    poll();
    assertThat(fallback.slotCache().counters().programs()).isEqualTo(1);
    fallback.evictKey(key);
    assertThat(fallback.slotCache().counters().evictions()).isEqualTo(1);
    queue.setKeyslotManager(manager);
    fallback.submit(bios.write(0, 8).crypto(key, 3));
    poll();
    fallback.evictKey(key);
    assertThat(hardware.log()).contains("evict 0 " + key.id());
  }

  @Test
  void closingWithBiosUnderWayIsAMistakeThatIsCaught() {
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, 8).crypto(key, 3));
    assertThatThrownBy(fallback::close).isInstanceOf(IllegalStateException.class);
    poll();
    fallback.close();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CryptoFallback.Settings(1, 1, 4096, 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new CryptoFallback.Settings(0, 1, 65536, 1, 1));
  }

  /** Key 00..0f, number 1, 512 zero bytes: computed by an independent implementation. */
  @Test
  void essivLeavesThePublishedCiphertextAndReadsItBack() {
    CryptoKey essiv =
        Bios.key(0, new CryptoConfig(CryptoMode.AES_128_CBC_ESSIV, 512, 4, KeyType.RAW, true));
    fallback.startUsingKey(essiv);
    fallback.submit(bios.write(8, 3).crypto(essiv, 1));
    byte[] ciphertext = bytes(driver.taken().getFirst().segment(0));
    assertThat(java.util.HexFormat.of().formatHex(ciphertext, 0, 16))
        .isEqualTo("fe58062f6a4a8afefc6fa80c447ff6d3");
    MemorySegment memory = filled(ciphertext);
    memory.asSlice(512, 512).fill((byte) 0);
    poll();
    fallback.submit(bios.bio(BlockOperation.READ, 8, memory).crypto(essiv, 1));
    poll();
    assertThat(bytes(memory)).as("the second sector by the zero rule").containsOnly(0);
  }

  @Test
  void adiantumTakesNumbersOf32Bytes() {
    CryptoKey adiantum =
        Bios.key(0, new CryptoConfig(CryptoMode.ADIANTUM, 4096, 32, KeyType.RAW, false));
    fallback.startUsingKey(adiantum);
    fallback.submit(bios.write(8, 8).crypto(adiantum, 1, 2, 3, 4));
    MemorySegment memory = filled(bytes(driver.taken().getFirst().segment(0)));
    poll();
    fallback.submit(bios.bio(BlockOperation.READ, 8, memory).crypto(adiantum, 1, 2, 3, 4));
    poll();
    assertThat(bytes(memory)).containsOnly(0);
  }

  /** Key 00..1f, number 1, 4096 zero bytes: python3-cryptography and openssl under the mode. */
  @Test
  void sm4LeavesTheCiphertextOfOtherProgramsAndReadsItBack() {
    CryptoKey sm4 = Bios.key(0, new CryptoConfig(CryptoMode.SM4_XTS, 4096, 16, KeyType.RAW, false));
    assertThat(fallback.startUsingKey(sm4)).isEqualTo(BlockStatus.OK);
    fallback.submit(bios.write(8, 8).crypto(sm4, 1));
    byte[] ciphertext = bytes(driver.taken().getFirst().segment(0));
    assertThat(java.util.HexFormat.of().formatHex(ciphertext, 4080, 4096))
        .isEqualTo("bcc3121aec36dd9994edd549b524236e");
    MemorySegment memory = filled(ciphertext);
    poll();
    fallback.submit(bios.bio(BlockOperation.READ, 8, memory).crypto(sm4, 1));
    poll();
    assertThat(bytes(memory)).containsOnly(0);
  }
}
