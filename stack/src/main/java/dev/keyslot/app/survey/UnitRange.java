package dev.keyslot.app.survey;

import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.util.ArrayList;
import java.util.List;

/**
 * Data units that hold data, at least in part, next to each other.
 *
 * @param dataBytes of them on the medium
 */
record UnitRange(long firstUnit, long units, long dataBytes) {

  /** The file system's extents, rounded outwards to data units; no unit is in two of them. */
  static List<UnitRange> allocated(PosixFile file, long sizeBytes, int unitBytes)
      throws PosixException {
    List<UnitRange> ranges = new ArrayList<>();
    long nextUnit = 0;
    long at = sizeBytes == 0 ? PosixFile.NO_DATA : file.seekData(0);
    while (at != PosixFile.NO_DATA && at < sizeBytes) {
      long end = Math.min(sizeBytes, file.seekHole(at));
      long firstUnit = Math.max(nextUnit, at / unitBytes);
      nextUnit = Math.max(nextUnit, (end + unitBytes - 1) / unitBytes);
      ranges.add(new UnitRange(firstUnit, nextUnit - firstUnit, end - at));
      at = end < sizeBytes ? file.seekData(end) : PosixFile.NO_DATA;
    }
    return ranges;
  }
}
