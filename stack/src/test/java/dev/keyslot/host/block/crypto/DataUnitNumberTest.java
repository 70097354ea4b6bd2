package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Seeds;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** 256-bit arithmetic on data unit numbers; expected values by hand and by BigInteger. */
class DataUnitNumberTest {

  private static DataUnitNumber number(String limbs) {
    String[] parts = limbs.split(",", -1);
    DataUnitNumber number = new DataUnitNumber();
    number.set(
        Long.parseUnsignedLong(parts[0], 16),
        Long.parseUnsignedLong(parts[1], 16),
        Long.parseUnsignedLong(parts[2], 16),
        Long.parseUnsignedLong(parts[3], 16));
    return number;
  }

  private static String text(DataUnitNumber number) {
    return "%X,%X,%X,%X".formatted(number.limb(0), number.limb(1), number.limb(2), number.limb(3));
  }

  /** The four published cases, limbs from the least significant. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FFFFFFFFFFFFFFFF,0,0,0                                                 | 1 | 0,1,0,0         | true
          FFFFFFFFFFFFFFFE,FFFFFFFFFFFFFFFF,0,0                                  | 3 | 1,0,1,0         | true
          FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF    | 1 | 0,0,0,0         | false
          FFFFFFFF,0,0,0                                                         | 1 | 100000000,0,0,0 | true
          """)
  void addsWithCarryAndIsContiguousUnlessItWrapsThroughZero(
      String start, long add, String sum, boolean contiguous) {
    DataUnitNumber number = number(start);
    assertThat(number.contiguous(add, number(sum))).isEqualTo(contiguous);
    number.add(add);
    assertThat(text(number)).isEqualTo(sum);
  }

  @Test
  void a32BitWrapIsNotContiguous() {
    assertThat(number("FFFFFFFF,0,0,0").contiguous(1, number("0,0,0,0"))).isFalse();
  }

  @Test
  void everyLimbCounts() {
    for (int limb = 0; limb < 4; limb++) {
      long[] limbs = {1, 2, 3, 4};
      limbs[limb]++;
      DataUnitNumber other = new DataUnitNumber();
      other.set(limbs[0], limbs[1], limbs[2], limbs[3]);
      assertThat(number("1,2,3,4").contiguous(0, other)).isFalse();
    }
    assertThat(number("1,2,3,4").contiguous(0, number("1,2,3,4"))).isTrue();
    assertThatThrownBy(() -> number("1,2,3,4").limb(4))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          FFFFFFFF,0,0,0 | 0 | 4  | true
          FFFFFFFF,0,0,0 | 1 | 4  | false
          FFFFFFFE,0,0,0 | 1 | 4  | true
          0,1,0,0        | 0 | 8  | false
          0,1,0,0        | 0 | 9  | true
          0,100,0,0      | 0 | 9  | false
          FFFFFFFFFFFFFFFF,0,0,0 | 1 | 8 | false
          FFFFFFFFFFFFFFFF,0,0,0 | 1 | 9 | true
          0,0,0,FFFFFFFFFFFFFFFF | 0 | 32 | true
          0,0,0,FFFFFFFFFFFFFFFF | 0 | 31 | false
          FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF,FFFFFFFFFFFFFFFF | 1 | 32 | false
          """)
  void fitsSaysWhetherTheLastNumberIsBelowTheLimit(
      String start, long units, int bytes, boolean fits) {
    assertThat(number(start).fits(units, bytes)).isEqualTo(fits);
  }

  @Test
  void agreesWithBigIntegers() {
    SplittableRandom random = Seeds.random(getClass());
    BigInteger modulus = BigInteger.ONE.shiftLeft(256);
    for (int i = 0; i < 20_000; i++) {
      long[] limbs = new long[4];
      for (int limb = 0; limb < 4; limb++) {
        limbs[limb] = random.nextInt(3) == 0 ? random.nextLong() : -random.nextInt(2);
      }
      long units = random.nextBoolean() ? random.nextInt(1 << 20) : random.nextLong();
      DataUnitNumber number = new DataUnitNumber();
      number.set(limbs[0], limbs[1], limbs[2], limbs[3]);
      BigInteger start = value(number);
      BigInteger sum = start.add(new BigInteger(Long.toUnsignedString(units)));
      int bytes = 1 + random.nextInt(32);
      assertThat(number.fits(units, bytes)).isEqualTo(sum.bitLength() <= 8 * bytes);
      DataUnitNumber moved = new DataUnitNumber();
      moved.copyFrom(number);
      moved.add(units);
      assertThat(value(moved)).isEqualTo(sum.mod(modulus));
      assertThat(number.contiguous(units, moved)).isEqualTo(sum.bitLength() <= 256);
    }
  }

  private static BigInteger value(DataUnitNumber number) {
    BigInteger value = BigInteger.ZERO;
    for (int limb = 3; limb >= 0; limb--) {
      value = value.shiftLeft(64).add(new BigInteger(Long.toUnsignedString(number.limb(limb))));
    }
    return value;
  }
}
