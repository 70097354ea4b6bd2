package dev.keyslot.host.block.integrity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Protection information of T10 type 1. */
class T10DifTest {

  private final T10Dif dif = new T10Dif();

  private static MemorySegment bytes(byte[] bytes) {
    return MemorySegment.ofArray(bytes);
  }

  /** The check value that catalogues of CRCs give for CRC-16/T10-DIF. */
  @Test
  void theGuardOfTheNineDigitsIsTheCataloguesCheckValue() {
    byte[] digits = "123456789".getBytes(StandardCharsets.US_ASCII);
    assertThat(T10Dif.guard(bytes(digits))).isEqualTo(0xD0DB);
  }

  /** Two standard examples: 32 zero bytes give 0000h, 32 bytes of FFh give A293h. */
  @Test
  void theGuardOfZerosIsZeroAndThatOfOnesIsNot() {
    assertThat(T10Dif.guard(bytes(new byte[32]))).isZero();
    assertThat(T10Dif.guard(bytes(Patterns.filled(0xFF, 32)))).isEqualTo(0xA293);
  }

  @Test
  void aTupleIsGuardApplicationTagAndSectorNumberBigEndian() {
    MemorySegment tags = MemorySegment.ofArray(new byte[16]);
    dif.generate(bytes(new byte[1024]), 0x1_FFFF_FFFEL, tags);
    assertThat(HexFormat.of().formatHex(tags.toArray(ValueLayout.JAVA_BYTE)))
        .isEqualTo("00000000fffffffe" + "00000000ffffffff");
  }

  @Test
  void whatWasGeneratedVerifiesAndEveryChangeIsFound() {
    byte[] data = Patterns.sevens(2048);
    MemorySegment tags = MemorySegment.ofArray(new byte[32]);
    dif.generate(bytes(data), 100, tags);
    assertThat(dif.verify(bytes(data), 100, tags)).isEqualTo(-1);
    assertThat(dif.verify(bytes(data), 101, tags)).as("another place").isZero();
    data[1030] ^= 1;
    assertThat(dif.verify(bytes(data), 100, tags)).isEqualTo(2);
    tags.set(ValueLayout.JAVA_SHORT_UNALIGNED, 18, (short) 0xFFFF);
    assertThat(dif.verify(bytes(data), 100, tags)).as("escaped").isEqualTo(-1);
  }

  @Test
  void sectorsAndTuplesMustMatch() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> dif.generate(bytes(new byte[500]), 0, bytes(new byte[8])));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> dif.generate(bytes(new byte[512]), 0, bytes(new byte[16])));
  }
}
