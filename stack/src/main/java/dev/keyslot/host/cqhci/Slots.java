package dev.keyslot.host.cqhci;

/** Sets of queue slots as the doorbell has them: bit i is slot i. */
final class Slots {

  private Slots() {}

  static boolean contains(int slots, int slot) {
    return (slots >>> slot) % 2 != 0;
  }

  static int with(int slots, int slot) {
    return slots | (1 << slot);
  }

  static int both(int one, int other) {
    return one & other;
  }

  static int without(int slots, int gone) {
    return slots & ~gone;
  }

  /** The smallest slot of a set that is not empty. */
  static int lowest(int slots) {
    return Integer.numberOfTrailingZeros(slots);
  }

  static int withoutLowest(int slots) {
    return slots & (slots - 1);
  }
}
