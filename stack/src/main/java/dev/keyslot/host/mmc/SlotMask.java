package dev.keyslot.host.mmc;

/**
 * Sets of queue slots: bit i stands for slot i, as in a doorbell.
 *
 * <p>The set operations on masks have one home here, so that no mask is written out elsewhere.
 */
final class SlotMask {

  private SlotMask() {}

  static int of(int slot) {
    return 1 << slot;
  }

  static int with(int mask, int bits) {
    return mask | bits;
  }

  static int without(int mask, int bits) {
    return mask & ~bits;
  }

  /** The smallest slot in a mask that is not empty. */
  static int lowest(int mask) {
    return Integer.numberOfTrailingZeros(mask);
  }

  static int withoutLowest(int mask) {
    return mask & (mask - 1);
  }
}
