package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/** What every engine checks of a run of data units. */
final class DataUnits {

  /** AES works on blocks of 16 bytes. */
  static final int BLOCK_BYTES = 16;

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
}
