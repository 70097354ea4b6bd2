package dev.keyslot.host.block.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.cipher.AdiantumKey;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.BlockDriver;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules of blk-crypto-fallback: its own slots, when it holds one, what a number looks like. */
class FallbackRulesTest {

  private final Bios bios = new Bios();
  private final List<byte[]> written = new ArrayList<>();
  private final List<Integer> slotsHeld = new ArrayList<>();
  private CryptoFallback fallback;

  /** Copies what is written, and looks at the fallback's slots when it comes. */
  private final class Looking implements BlockDriver {
    private BlockRequest taken;

    @Override
    public QueueLimits limits() {
      return new QueueLimits(100_000, 8, 1024, 16, 1 << 20, 1000);
    }

    @Override
    public Disposition queue(BlockRequest request) {
      slotsHeld.add(fallback.slotCache().slotsInUse());
      written.add(request.segment(0).toArray(ValueLayout.JAVA_BYTE));
      taken = request;
      return Disposition.TAKEN;
    }

    @Override
    public void commit() {}

    @Override
    public int poll() {
      BlockRequest done = taken;
      taken = null;
      done.complete(BlockStatus.OK);
      return 1;
    }

    @Override
    public long extent(long sector) {
      return 100_000 - sector;
    }

    @Override
    public boolean supports(BlockOperation operation) {
      return true;
    }
  }

  FallbackRulesTest() {
    fallback = fallback(new CryptoFallback.Settings(1, 2, 65536, 3, 4));
  }

  private CryptoFallback fallback(CryptoFallback.Settings settings) {
    return new CryptoFallback(
        new RequestQueue(new Looking()),
        XtsEngines.jdk(),
        settings,
        CryptoFallbackTest.NO_WAITING,
        () -> 0);
  }

  private void write(CryptoKey key, int sectors, long... limbs) {
    fallback.startUsingKey(key);
    fallback.submit(bios.write(0, sectors).crypto(key, limbs[0], limbs[1], limbs[2], limbs[3]));
    fallback.poll();
  }

  @Test
  void itHasAHundredSlotsForRawKeysOfEveryModeSizeAndNumber() {
    assertThat(CryptoFallback.Settings.defaults().keyslots()).isEqualTo(100);
    assertThat(fallback.slotCache().maxDunBytes()).isEqualTo(32);
    assertThat(fallback.slotCache().supports(KeyType.RAW)).isTrue();
    assertThat(fallback.slotCache().supports(KeyType.HW_WRAPPED)).isFalse();
    for (CryptoMode mode : CryptoMode.values()) {
      assertThat(fallback.slotCache().dataUnitMask(mode)).as("%s", mode).isEqualTo(-1);
    }
  }

  /** The encryption is over by then; with one slot, whoever kept it would stop all others. */
  @Test
  void theSlotIsGivenBackBeforeTheCiphertextIsSubmitted() {
    write(Bios.key(0, 4096), 8, 0, 0, 0, 0);
    write(Bios.key(1, 4096), 8, 0, 0, 0, 0);
    assertThat(slotsHeld).containsExactly(0, 0);
    assertThat(fallback.slotCache().counters().waits()).isZero();
  }

  /** All 32 bytes of the number, limb by limb, little-endian; here typed byte by byte. */
  @Test
  void theInitialisationVectorIsTheNumbersLimbsInLittleEndian() {
    CryptoKey key = Bios.key(0, new CryptoConfig(CryptoMode.ADIANTUM, 512, 32, KeyType.RAW, false));
    write(
        key, 1, 0x0807060504030201L, 0x1817161514131211L, 0x2827262524232221L, 0x3837363534333231L);
    byte[] iv =
        HexFormat.of()
            .parseHex("010203040506070811121314151617182122232425262728" + "3132333435363738");
    MemorySegment expected = MemorySegment.ofArray(new byte[512]);
    try (AdiantumKey adiantum = new AdiantumKey(MemorySegment.ofArray(Patterns.ascending(0, 32)))) {
      adiantum.encrypt(iv, expected, expected);
    }
    assertThat(written.getFirst()).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
  }

  /**
   * Two units of 512 zeros, key 00..3f: SHA-256 of what python3-cryptography's AES-XTS makes of
   * them with the tweaks 2^64 - 1 and 2^64, or 2^64 - 4 and 2^64 + 4.
   */
  @ParameterizedTest
  @CsvSource({
    "1, -1, bac8e54940233210cc0fe11e9647dca7b6d203316700a9f2107c46b3964609e2",
    "8, -4, e95d34748c1894105e8c5be817d10ec7db36bdb98c3fc7a452c6731ed2580596"
  })
  void numbersCarryIntoTheSecondLimb(int step, long first, String sha256) throws Exception {
    CryptoConfig config = new CryptoConfig(CryptoMode.AES_256_XTS, 512, 16, KeyType.RAW, false);
    write(Bios.key(0, config.withDunStep(step)), 2, first, 0, 0, 0);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(written.getFirst());
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(sha256);
  }
}
