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

  Bio bio(int index) {
    return bios[index];
  }

  void clear() {
    Arrays.fill(bios, 0, count, null);
    count = 0;
  }
}
