package dev.keyslot.host.block.crypto;

import static dev.keyslot.host.block.crypto.CryptoMode.ADIANTUM;
import static dev.keyslot.host.block.crypto.CryptoMode.AES_128_CBC_ESSIV;
import static dev.keyslot.host.block.crypto.CryptoMode.AES_256_XTS;
import static dev.keyslot.host.block.crypto.CryptoMode.SM4_XTS;
import static dev.keyslot.host.block.crypto.KeyType.HW_WRAPPED;
import static dev.keyslot.host.block.crypto.KeyType.RAW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.CoreDumps;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Turns;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a key is made from, in which order that is checked, and what becomes of its bytes. */
class CryptoKeyTest {

  private static CryptoKey key(CryptoConfig config, int bytes) {
    return CryptoKey.of(config, MemorySegment.ofArray(Patterns.ascending(0, bytes)));
  }

  private static void refused(CryptoConfig config, int bytes, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> key(config, bytes))
        .withMessageContaining(why);
  }

  /** The kernel's table of modes: number, name, key, strength, IV. */
  @ParameterizedTest
  @CsvSource({
    "1, AES-256-XTS, 64, 32, 16",
    "2, AES-128-CBC-ESSIV, 16, 16, 16",
    "3, Adiantum, 32, 32, 32",
    "4, SM4-XTS, 32, 16, 16"
  })
  void theModesAreThoseOfTheKernel(int number, String name, int key, int strength, int iv) {
    CryptoMode mode = CryptoMode.ofNumber(number);
    assertThat(mode.number()).isEqualTo(number);
    assertThat(mode.kernelName()).isEqualTo(name);
    assertThat(mode.keyBytes()).isEqualTo(key);
    assertThat(mode.strengthBytes()).isEqualTo(strength);
    assertThat(mode.ivBytes()).isEqualTo(iv);
  }

  @Test
  void modeNumberZeroIsInvalidAndFiveIsUnknown() {
    assertThatIllegalArgumentException().isThrownBy(() -> CryptoMode.ofNumber(0));
    assertThatIllegalArgumentException().isThrownBy(() -> CryptoMode.ofNumber(5));
  }

  @Test
  void aRawKeyHasExactlyTheSizeOfItsMode() {
    for (CryptoMode mode : CryptoMode.values()) {
      CryptoConfig config = new CryptoConfig(mode, 4096, 4, RAW, false);
      key(config, mode.keyBytes()).close();
      refused(config, mode.keyBytes() - 1, "raw key");
      refused(config, mode.keyBytes() + 1, "raw key");
    }
  }

  @Test
  void aWrappedKeyIsBetweenTheStrengthAnd128Bytes() {
    CryptoConfig xts = new CryptoConfig(AES_256_XTS, 4096, 4, HW_WRAPPED, false);
    refused(xts, 31, "wrapped key");
    key(xts, 32).close();
    key(xts, 128).close();
    refused(xts, 129, "wrapped key");
    CryptoConfig sm4 = new CryptoConfig(SM4_XTS, 4096, 4, HW_WRAPPED, false);
    refused(sm4, 15, "wrapped key");
    key(sm4, 16).close();
  }

  @Test
  void aWrappedKeyMustBeAllowedOnHardware() {
    refused(
        new CryptoConfig(AES_256_XTS, 4096, 4, HW_WRAPPED, false).withoutHardware(),
        64,
        "allowed on hardware");
    key(new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false).withoutHardware(), 64).close();
  }

  @Test
  void theDataUnitNumberIsAtMostAsLongAsTheInitialisationVector() {
    refused(new CryptoConfig(AES_256_XTS, 4096, 0, RAW, false), 64, "dunBytes=0");
    refused(new CryptoConfig(AES_256_XTS, 4096, 17, RAW, false), 64, "dunBytes=17");
    key(new CryptoConfig(AES_256_XTS, 4096, 1, RAW, false), 64).close();
    key(new CryptoConfig(AES_256_XTS, 4096, 16, RAW, false), 64).close();
    key(new CryptoConfig(ADIANTUM, 4096, 32, RAW, false), 32).close();
    refused(new CryptoConfig(ADIANTUM, 4096, 33, RAW, false), 32, "dunBytes=33");
    refused(new CryptoConfig(AES_128_CBC_ESSIV, 4096, 17, RAW, false), 16, "dunBytes=17");
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "256", "511", "513", "1000", "131072", "-2147483648", "-1"})
  void aDataUnitIsAPowerOfTwoFrom512To64K(int bytes) {
    refused(new CryptoConfig(AES_256_XTS, bytes, 4, RAW, false), 64, "dataUnitBytes=" + bytes);
  }

  @ParameterizedTest
  @CsvSource({"512", "1024", "4096", "65536"})
  void everyPowerOfTwoBetweenIsADataUnit(int bytes) {
    key(new CryptoConfig(AES_256_XTS, bytes, 4, RAW, false), 64).close();
  }

  @Test
  void theStepIsPositive() {
    CryptoConfig config = new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false);
    refused(config.withDunStep(0), 64, "dunStep=0");
    refused(config.withDunStep(65537), 64, "dunStep=65537");
    key(config.withDunStep(8), 64).close();
    key(config.withDunStep(65536), 64).close();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CryptoKey.of(config, MemorySegment.ofArray(new byte[64]), -1));
  }

  /** Everything wrong at once: the kernel looks at the size first, then the DUN, then the unit. */
  @Test
  void theFirstFailingCheckInTheDocumentedOrderIsReported() {
    refused(new CryptoConfig(AES_256_XTS, 1000, 99, RAW, false), 63, "raw key");
    refused(
        new CryptoConfig(AES_256_XTS, 1000, 99, HW_WRAPPED, false).withoutHardware(),
        200,
        "wrapped key of");
    refused(
        new CryptoConfig(AES_256_XTS, 1000, 99, HW_WRAPPED, false).withoutHardware(),
        64,
        "allowed on hardware");
    refused(new CryptoConfig(AES_256_XTS, 1000, 99, RAW, false), 64, "dunBytes=99");
    refused(
        new CryptoConfig(AES_256_XTS, 1000, 4, RAW, false).withDunStep(0),
        64,
        "dataUnitBytes=1000");
  }

  @Test
  void equalBytesAreNotEqualKeys() {
    CryptoConfig config = new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false);
    try (CryptoKey one = key(config, 64);
        CryptoKey other = key(config, 64)) {
      assertThat(one).isNotEqualTo(other).isEqualTo(one);
      assertThat(one.id()).isNotEqualTo(other.id());
    }
  }

  @Test
  void theTextOfAKeyHasNoByteOfIt() {
    try (CryptoKey key = key(new CryptoConfig(AES_256_XTS, 512, 4, RAW, false), 64)) {
      assertThat(key).hasToString("CryptoKey[AES_256_XTS, 512 B, id=" + key.id() + "]");
    }
  }

  @Test
  void theBytesAreACopyLentReadOnly() {
    MemorySegment source = MemorySegment.ofArray(Patterns.ascending(0, 64));
    CryptoConfig config = new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false);
    try (CryptoKey key = CryptoKey.of(config, source)) {
      source.fill((byte) 0);
      assertThat(key.sizeBytes()).isEqualTo(64);
      key.withBytes(
          bytes -> {
            assertThat(bytes.toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(Patterns.ascending(0, 64));
            assertThat(bytes.isNative()).isTrue();
            assertThatThrownBy(() -> bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 1))
                .isInstanceOf(IllegalArgumentException.class);
          });
    }
  }

  @Test
  void aClosedKeyLendsNothingAndClosesAgainInPeace() {
    CryptoKey key = key(new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false), 64);
    key.close();
    assertThatThrownBy(() -> key.withBytes(bytes -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("after close");
    assertThatCode(key::close).doesNotThrowAnyException();
  }

  @Test
  void theBytesStayOutOfCoreDumps() throws Exception {
    MemorySegment[] kept = new MemorySegment[1];
    try (CryptoKey key = key(new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false), 64)) {
      key.withBytes(bytes -> kept[0] = bytes);
      assertThat(CoreDumps.leaveOut(kept[0])).isTrue();
    }
  }

  /** Keys come and go for as long as a server runs; their pages are few and stay out of dumps. */
  @Test
  void theRoomOfAClosedKeyIsTheNextOnesWhicheverThreadComes() throws Exception {
    CryptoConfig config = new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false);
    CryptoKey[] keys = new CryptoKey[2];
    long[] places = new long[2];
    Turns.of(
        () -> keys[0] = key(config, 64),
        () -> keys[0].withBytes(bytes -> places[0] = bytes.address()),
        () -> keys[0].close(),
        () -> keys[0].close(),
        () -> keys[1] = key(config, 64),
        () -> keys[1].withBytes(bytes -> places[1] = bytes.address()),
        () -> keys[1].withBytes(bytes -> assertThat(bytes.get(ValueLayout.JAVA_BYTE, 1)).isOne()),
        () -> keys[1].close());
    assertThat(places[1]).isEqualTo(places[0]);
  }

  @Test
  void closingWipesTheBytes() {
    CryptoKey key = key(new CryptoConfig(AES_256_XTS, 4096, 4, RAW, false), 64);
    MemorySegment[] kept = new MemorySegment[1];
    key.withBytes(bytes -> kept[0] = bytes);
    key.close();
    assertThat(kept[0].toArray(ValueLayout.JAVA_BYTE)).hasSize(64).containsOnly(0);
  }
}
