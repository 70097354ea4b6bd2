package dev.keyslot.host.block.crypto;

/**
 * A 256-bit number in four 64-bit limbs, limb 0 least significant; names a unit of encrypted data.
 *
 * <p>Mutable; belongs to its context. Adding past 2^256 wraps silently, but two numbers are never
 * contiguous across that wrap.
 */
final class DataUnitNumber {

  static final int LIMBS = 4;

  private long limb0;
  private long limb1;
  private long limb2;
  private long limb3;

  void set(long low, long second, long third, long high) {
    limb0 = low;
    limb1 = second;
    limb2 = third;
    limb3 = high;
  }

  void copyFrom(DataUnitNumber other) {
    set(other.limb0, other.limb1, other.limb2, other.limb3);
  }

  /** Limb {@code index}, 0 to 3. */
  long limb(int index) {
    return switch (index) {
      case 0 -> limb0;
      case 1 -> limb1;
      case 2 -> limb2;
      case 3 -> limb3;
      default -> throw new IndexOutOfBoundsException(index);
    };
  }

  /** Adds {@code units}, an unsigned 64-bit number. */
  void add(long units) {
    limb0 += units;
    if (Long.compareUnsigned(limb0, units) >= 0) {
      return;
    }
    limb1++;
    if (limb1 != 0) {
      return;
    }
    limb2++;
    if (limb2 != 0) {
      return;
    }
    limb3++;
  }

  /** Whether this number plus {@code units} is {@code next}, without a wrap through zero. */
  boolean contiguous(long units, DataUnitNumber next) {
    long carry = units;
    for (int i = 0; i < LIMBS; i++) {
      long sum = limb(i) + carry;
      if (sum != next.limb(i)) {
        return false;
      }
      carry = Long.compareUnsigned(sum, carry) < 0 ? 1 : 0;
    }
    return carry == 0;
  }

  /** Whether this number plus {@code units} is below 2^(8 * bytes). */
  boolean fits(long units, int bytes) {
    long carry = units;
    for (int i = 0; i < LIMBS; i++) {
      long sum = limb(i) + carry;
      carry = Long.compareUnsigned(sum, carry) < 0 ? 1 : 0;
      int bytesOfLimb = Math.clamp(bytes - (long) i * Long.BYTES, 0, Long.BYTES);
      boolean tooWide =
          bytesOfLimb == 0
              ? sum != 0
              : bytesOfLimb < Long.BYTES && sum >>> (bytesOfLimb * Byte.SIZE) != 0;
      if (tooWide) {
        return false;
      }
    }
    return carry == 0;
  }
}
