package dev.keyslot.app.survey;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Tells random-looking data units from others, by two statistics.
 *
 * <p>Chi-square of the byte values against an even distribution: 255 degrees of freedom, so 255 is
 * expected, and random bytes exceed {@link #CHI_SQUARE_MAX} less than once in 10^9 units. Repeated
 * 16-byte blocks: AES-XTS never repeats one within a unit but by chance, 2^-113. Not safe for
 * several threads: it owns its working memory.
 */
final class UnitStatistics {

  static final int SECTOR_BYTES = 512;

  private static final double CHI_SQUARE_MAX = 420;
  private static final int BLOCK_BYTES = 16;
  private static final int BYTE_VALUES = 256;

  private final int[] counts = new int[BYTE_VALUES];
  private final long[] blocks;
  private final int unitBytes;

  UnitStatistics(int unitBytes) {
    this.unitBytes = unitBytes;
    blocks = new long[unitBytes / BLOCK_BYTES];
  }

  UnitKind classify(MemorySegment unit) {
    int zeroSectors = 0;
    for (int at = 0; at < unitBytes; at += SECTOR_BYTES) {
      zeroSectors += isZero(unit.asSlice(at, SECTOR_BYTES)) ? 1 : 0;
    }
    if (zeroSectors == unitBytes / SECTOR_BYTES) {
      return UnitKind.ZERO;
    }
    if (zeroSectors > 0) {
      return UnitKind.TORN;
    }
    return chiSquare(unit) > CHI_SQUARE_MAX || repeatsBlocks(unit)
        ? UnitKind.STRUCTURED
        : UnitKind.RANDOM;
  }

  private static boolean isZero(MemorySegment sector) {
    for (long at = 0; at < sector.byteSize(); at += Long.BYTES) {
      if (sector.get(ValueLayout.JAVA_LONG_UNALIGNED, at) != 0) {
        return false;
      }
    }
    return true;
  }

  private double chiSquare(MemorySegment unit) {
    Arrays.fill(counts, 0);
    for (int at = 0; at < unitBytes; at++) {
      counts[Byte.toUnsignedInt(unit.get(ValueLayout.JAVA_BYTE, at))]++;
    }
    double expected = (double) unitBytes / BYTE_VALUES;
    double sum = 0;
    for (int count : counts) {
      sum += (count - expected) * (count - expected) / expected;
    }
    return sum;
  }

  private boolean repeatsBlocks(MemorySegment unit) {
    for (int i = 0; i < blocks.length; i++) {
      // Half of each block is compared: equal halves by chance are 2^-49 per unit.
      blocks[i] = unit.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * BLOCK_BYTES);
    }
    Arrays.sort(blocks);
    for (int i = 1; i < blocks.length; i++) {
      if (blocks[i] == blocks[i - 1]) {
        return true;
      }
    }
    return false;
  }
}
