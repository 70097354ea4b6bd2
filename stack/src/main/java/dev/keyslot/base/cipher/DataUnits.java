package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/** What every engine checks of a run of data units, and the zero rule's look at a sector. */
final class DataUnits {

  /** AES works on blocks of 16 bytes. */
  static final int BLOCK_BYTES = 16;

  private static final long SECTOR_BYTES = XtsKey.SECTOR_BYTES;

  private DataUnits() {}

  /** Refuses a run that breaks the promises of {@link XtsKey}. */
  static void check(int unitBytes, MemorySegment from, MemorySegment to, boolean zeroRule) {
    int step = zeroRule ? XtsKey.SECTOR_BYTES : BLOCK_BYTES;
    if (unitBytes < step || unitBytes > XtsKey.UNIT_BYTES_MAX || unitBytes % step != 0) {
      throw new IllegalArgumentException(
          "data unit must be a multiple of %d in [%d, %d]: unitBytes=%d"
              .formatted(step, step, XtsKey.UNIT_BYTES_MAX, unitBytes));
    }
    long length = from.byteSize();
    if (to.byteSize() != length || length % unitBytes != 0) {
      throw new IllegalArgumentException(
          "both segments must be the same whole number of data units: from=%d to=%d unitBytes=%d"
              .formatted(length, to.byteSize(), unitBytes));
    }
    Checks.argument(!to.isReadOnly(), "destination must be writable");
    if (overlapsOtherwise(from, to)) {
      throw new IllegalArgumentException(
          "source and destination must be the same memory or apart: bytes=%d".formatted(length));
    }
  }

  private static boolean overlapsOtherwise(MemorySegment from, MemorySegment to) {
    if (from.isNative() != to.isNative()) {
      return false;
    }
    long distance = to.address() - from.address();
    boolean near = distance != 0 && Math.abs(distance) < from.byteSize();
    return near && (from.isNative() || from.asOverlappingSlice(to).isPresent());
  }

  /** Whether the sector at {@code at} is all zero bytes; ciphertext mostly shows in 8 of them. */
  static boolean isZeroSector(MemorySegment segment, long at) {
    return segment.get(JAVA_LONG_UNALIGNED, at) == 0 && isZero(segment, at, SECTOR_BYTES);
  }

  private static boolean isZero(MemorySegment segment, long at, long bytes) {
    long any = 0;
    for (long i = 0; i < bytes; i += Long.BYTES) {
      any |= segment.get(JAVA_LONG_UNALIGNED, at + i);
    }
    return any == 0;
  }
}
