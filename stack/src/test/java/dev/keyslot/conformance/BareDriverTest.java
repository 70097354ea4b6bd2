package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver that shares nothing with ours brings the card up and moves encrypted data. */
class BareDriverTest {

  private static final byte[] KEY = Patterns.ascending(0, 64);

  /** P[i] = (7 i + (i >> 8)) mod 256; device-side reference 3.9. */
  private static byte[] plaintext() {
    byte[] bytes = new byte[4096];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (7 * i + (i >> 8));
    }
    return bytes;
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static byte[] onMedium(HeapMedia media, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment segment = MemorySegment.ofArray(bytes);
    media.read(offset, segment);
    return bytes;
  }

  /** Worked example of device-side reference 3.9, computed by an independent implementation. */
  @ParameterizedTest
  @CsvSource({
    "1, c6ceb32f2b167e308aa65e612d09f77108f9a0b49dc1f47d43a4c9b6e4bf9327",
    "2, a193a34c83ce0d93b203524c3b83270d00481a55b76e7eba0c7b584510ac6451",
    "8, 5fc2c6eb8487ffce21ba9a5fda1902ae6eebdce0eba56878f3cca613b4a28714"
  })
  void leavesTheWorkedExamplesCiphertextOnTheMedium(int unitCode, String expected)
      throws Exception {
    HeapMedia media = new HeapMedia(8L << 20);
    try (Silicon silicon = Silicon.served(media)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.programKey(5, KEY, 0x80000000 | unitCode, 0);
      MemorySegment.copy(plaintext(), 0, driver.data(), ValueLayout.JAVA_BYTE, 0, 4096);
      driver.chain(3, 0, 4096);
      driver.task(3, false, 0x1000, 8, BareDriver.crypto(5, 0x12345678), 0);
      driver.complete(1 << 3);

      assertThat(sha256(onMedium(media, 0x1000 * 512L, 4096))).isEqualTo(expected);

      driver.chain(4, 65536, 100, 412, 512, 3000, 72);
      driver.task(4, true, 0x1000, 8, BareDriver.crypto(5, 0x12345678), 0);
      driver.complete(1 << 4);
      assertThat(driver.data().asSlice(65536, 4096).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(plaintext());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {16384, 4194304, 4194312})
  void bringsUpCardsOfBothAddressModes(long sectors) {
    try (Silicon silicon = Silicon.served(sectors)) {
      silicon.driver().enumerate();
      byte[] ext = silicon.driver().extCsd();
      long count = 0;
      for (int i = 3; i >= 0; i--) {
        count = count * 256 + (ext[212 + i] & 0xFF);
      }
      assertThat(count).isEqualTo(sectors);
      assertThat(silicon.driver().status()).isEqualTo(0x900);
    }
  }

  @Test
  void cutsDescriptorsAnywhereOnTheWayIn() throws Exception {
    HeapMedia media = new HeapMedia(8L << 20);
    try (Silicon silicon = Silicon.served(media)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.programKey(0, KEY, 0x80000001, 0);
      MemorySegment.copy(plaintext(), 0, driver.data(), ValueLayout.JAVA_BYTE, 0, 4096);
      driver.chain(0, 0, 7, 1000, 17, 512, 1, 2559);
      driver.task(0, false, 0, 8, BareDriver.crypto(0, 0x12345678), 0);
      driver.complete(1);
      assertThat(sha256(onMedium(media, 0, 4096)))
          .isEqualTo("c6ceb32f2b167e308aa65e612d09f77108f9a0b49dc1f47d43a4c9b6e4bf9327");
    }
  }

  @Test
  void readsHolesAsZerosUnderTheZeroRuleAndAsNoiseWithoutIt() {
    try (Silicon silicon = Silicon.served(16384)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.programKey(0, KEY, 0x80000001, 0x00010000);
      driver.programKey(1, KEY, 0x80000001, 0);
      driver.data().fill((byte) 0x55);
      driver.chain(0, 0, 512);
      driver.task(0, true, 0, 1, BareDriver.crypto(0, 0), 0);
      driver.chain(1, 4096, 512);
      driver.task(1, true, 0, 1, BareDriver.crypto(1, 0), 0);
      driver.complete(3);
      byte[] zeros = driver.data().asSlice(0, 512).toArray(ValueLayout.JAVA_BYTE);
      byte[] noise = driver.data().asSlice(4096, 16).toArray(ValueLayout.JAVA_BYTE);
      assertThat(zeros).containsOnly(0);
      // Device-side reference 1.11: decryption of 00-filled ciphertext, DUN 0.
      assertThat(HexFormat.of().formatHex(noise)).isEqualTo("885d472839319c326354bae2a9289c62");
    }
  }

  @Test
  void trimsAndFlushesByDirectCommandsAndTellsHoles() {
    try (Silicon silicon = Silicon.served(4194312)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.data().fill((byte) 0x55);
      driver.chain(0, 0, 65536, 65536);
      driver.task(0, false, 64, 256, 0, 0);
      driver.complete(1);
      assertThat(driver.direct(60, 0, 1, false)).isEqualTo(0x80000008);
      assertThat(driver.direct(60, 64, 1, false)).isEqualTo(32);
      driver.direct(35, 72, 2, false);
      driver.direct(36, 87, 2, false);
      driver.direct(38, 1, 3, true);
      assertThat(driver.direct(60, 64, 1, false)).isEqualTo(1);
      assertThat(driver.direct(60, 72, 1, false)).isEqualTo(0x80000002);
      driver.direct(6, 0x03200101, 3, true);
    }
  }

  /**
   * Queue barrier: later tasks are held until it completes. A card takes CMD6 with an empty queue
   * only, so it must not have heard of them.
   */
  @Test
  void holdsLaterTasksBackFromTheCardUntilABarrierCompletes() {
    try (Silicon silicon = Silicon.served(16384)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.chain(0, 0, 4096);
      driver.task(0, false, 0, 8, 0, 0);
      driver.chain(1, 4096, 4096);
      driver.task(1, false, 8, 8, 0, 0);
      driver.describe(31, 0x0320_0101_0186_402FL, 0);
      driver.ring(1);
      driver.ring(1 << 31);
      driver.ring(2);
      assertThatCode(() -> driver.complete(1 << 31 | 3)).doesNotThrowAnyException();
    }
  }
}
