package dev.keyslot.host.nbd;

import dev.keyslot.base.Checks;

/**
 * Extents of a BLOCK_STATUS answer, contiguous from the request's offset. Reused; one thread at a
 * time.
 */
public final class ExtentList {

  /** Keeps a reply within 1 MiB of descriptors; a client asks again for what is behind. */
  public static final int EXTENTS_MAX = 4096;

  private final long[] lengthBytes = new long[EXTENTS_MAX];
  private final boolean[] hole = new boolean[EXTENTS_MAX];
  private int count;

  public void clear() {
    count = 0;
  }

  /**
   * Appends an extent; joined with the last one if both are of the same kind.
   *
   * @return false if the list is full: nothing was appended
   */
  public boolean add(long extentBytes, boolean extentIsHole) {
    Checks.argument(extentBytes > 0, "an extent must not be empty: extentBytes=%d", extentBytes);
    if (count > 0 && hole[count - 1] == extentIsHole) {
      lengthBytes[count - 1] += extentBytes;
      return true;
    }
    if (count == EXTENTS_MAX) {
      return false;
    }
    lengthBytes[count] = extentBytes;
    hole[count] = extentIsHole;
    count++;
    return true;
  }

  public int count() {
    return count;
  }

  public long lengthBytes(int index) {
    return lengthBytes[index];
  }

  /** Whether the extent is a hole that reads as zeros. */
  public boolean hole(int index) {
    return hole[index];
  }
}
