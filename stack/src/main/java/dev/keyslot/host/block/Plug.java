package dev.keyslot.host.block;

import java.util.Arrays;

/**
 * Bios that one thread collects and submits together, so that neighbours merge and the hardware is
 * told once.
 *
 * <p>Belongs to one thread and one device at a time; reusable after {@link BlockDevice#finish}.
 */
public final class Plug {

  /** Bios collected before the device takes them without being asked. */
  public static final int MAX_BIOS = 128;

  private Bio[] bios = new Bio[32];
  private int count;

  /** Whether nothing is collected. */
  public boolean isEmpty() {
    return count == 0;
  }

  void add(Bio bio) {
    if (count == bios.length) {
      bios = Arrays.copyOf(bios, count * 2);
    }
    bios[count++] = bio;
  }

  int count() {
    return count;
  }

  /** Empties this into {@code inflow}; the bios stay together and in order. */
  void pour(Inflow<Bio> inflow) {
    for (int i = 1; i < count; i++) {
      bios[i].next = bios[i - 1];
    }
    inflow.add(bios[count - 1], bios[0]);
    clear();
  }

  private void clear() {
    Arrays.fill(bios, 0, count, null);
    count = 0;
  }
}
