package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * The zero rule at work: remembers which sectors were zero before decryption, clears them after.
 *
 * <p>Owned by one thread at a time.
 */
final class ZeroSectors implements AutoCloseable {

  private static final int SECTOR_BYTES = XtsKey.SECTOR_BYTES;

  private final boolean[] zero = new boolean[XtsKey.UNIT_BYTES_MAX / SECTOR_BYTES];

  /**
   * Looks at the ciphertext of whole sectors, at most {@link XtsKey#UNIT_BYTES_MAX}.
   *
   * @return how many of them are all zero
   */
  int find(MemorySegment ciphertext, long at, int bytes) {
    int found = 0;
    for (int sector = 0; sector < bytes / SECTOR_BYTES; sector++) {
      boolean isZero = isZeroSector(ciphertext, at + (long) sector * SECTOR_BYTES);
      zero[sector] = isZero;
      if (isZero) {
        found++;
      }
    }
    return found;
  }

  /** Ciphertext mostly shows in the first word. */
  private static boolean isZeroSector(MemorySegment segment, long at) {
    return segment.get(JAVA_LONG_UNALIGNED, at) == 0 && isAllZero(segment, at);
  }

  private static boolean isAllZero(MemorySegment segment, long at) {
    long any = 0;
    for (int i = 0; i < SECTOR_BYTES; i += Long.BYTES) {
      any |= segment.get(JAVA_LONG_UNALIGNED, at + i);
    }
    return any == 0;
  }

  /** Zeroes the plaintext of the sectors found last. */
  void clear(MemorySegment plaintext, long at, int bytes) {
    for (int sector = 0; sector < bytes / SECTOR_BYTES; sector++) {
      if (zero[sector]) {
        clearSector(plaintext, at + (long) sector * SECTOR_BYTES);
      }
    }
  }

  /** Word by word: a slice to fill would be allocated. */
  private static void clearSector(MemorySegment segment, long at) {
    for (int i = 0; i < SECTOR_BYTES; i += Long.BYTES) {
      segment.set(JAVA_LONG_UNALIGNED, at + i, 0);
    }
  }

  /** Where zeros were is no secret: nothing to wipe. */
  @Override
  public void close() {}
}
