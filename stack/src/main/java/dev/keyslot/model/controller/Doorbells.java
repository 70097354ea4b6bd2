package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciLayout;

/**
 * Doorbell writes that are not fetched yet, oldest first. Guarded by the controller's lock.
 *
 * <p>Each brought at least one bit that was not set, so there are never more than slots.
 */
final class Doorbells {

  private static final int WRITES_MAX = CqhciLayout.TASK_SLOTS;

  private final int[] writes = new int[WRITES_MAX];
  private int first;
  private int count;

  void add(int bits) {
    writes[(first + count) % WRITES_MAX] = bits;
    count++;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Bits of the oldest write that are still to be fetched. */
  int oldest() {
    return writes[first];
  }

  /** Leaves {@code bits} of the oldest write; without any it is over. */
  void keep(int bits) {
    writes[first] = bits;
    if (bits == 0) {
      first = (first + 1) % WRITES_MAX;
      count--;
    }
  }

  /** Takes bits out of every write. */
  void forget(int bits) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      int left = writes[(first + i) % WRITES_MAX] & ~bits;
      if (left != 0) {
        writes[(first + kept) % WRITES_MAX] = left;
        kept++;
      }
    }
    count = kept;
  }
}
