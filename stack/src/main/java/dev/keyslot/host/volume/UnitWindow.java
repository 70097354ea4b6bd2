package dev.keyslot.host.volume;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/**
 * A stretch of whole data units in a bounce chunk, around bytes that need not be whole units.
 *
 * <p>Units that the bytes cover only in part must be fetched before they are modified: at most two,
 * the first and the last. Offsets are bytes from the volume's start. Owned by one {@link VolumeOp}.
 */
final class UnitWindow {

  private final long unitBytes;
  private MemorySegment chunk;
  private long from;
  private long to;
  private long bytesFrom;
  private long bytesTo;
  private boolean fetchFirst;
  private boolean fetchLast;

  UnitWindow(long unitBytes) {
    this.unitBytes = unitBytes;
  }

  /** Lends the memory that windows lie in. */
  void chunk(MemorySegment newChunk) {
    chunk = newChunk;
  }

  /** Takes the memory away; null if there is none. */
  MemorySegment takeChunk() {
    MemorySegment taken = chunk;
    chunk = null;
    return taken;
  }

  /** Covers as much of bytes {@code [start, end)} as fits the chunk, from {@code start} on. */
  void cover(long start, long end) {
    Checks.that(start < end, "a window covers at least a byte: start=%d end=%d", start, end);
    from = start / unitBytes * unitBytes;
    to = Math.min((end + unitBytes - 1) / unitBytes * unitBytes, from + chunk.byteSize());
    bytesFrom = start;
    bytesTo = Math.min(end, to);
    fetchFirst = bytesFrom > from || bytesTo < from + unitBytes;
    fetchLast = bytesTo < to && to - from > unitBytes;
  }

  long from() {
    return from;
  }

  /** Where the bytes covered by this window end. */
  long bytesTo() {
    return bytesTo;
  }

  /** All units of the window. */
  MemorySegment units() {
    return chunk.asSlice(0, to - from);
  }

  boolean needsFetch() {
    return fetchFirst || fetchLast;
  }

  /** The offset of a unit that must be fetched; each is named once. */
  long fetchNext() {
    if (fetchFirst) {
      fetchFirst = false;
      return from;
    }
    fetchLast = false;
    return to - unitBytes;
  }

  /** The memory of the unit at {@code offsetBytes}. */
  MemorySegment unitAt(long offsetBytes) {
    return chunk.asSlice(offsetBytes - from, unitBytes);
  }

  /**
   * Puts the client's bytes into the window: zeros if {@code data} is null, which starts at {@code
   * dataOffset}.
   */
  void modify(MemorySegment data, long dataOffset) {
    MemorySegment into = chunk.asSlice(bytesFrom - from, bytesTo - bytesFrom);
    if (data == null) {
      into.fill((byte) 0);
    } else {
      into.copyFrom(data.asSlice(bytesFrom - dataOffset, bytesTo - bytesFrom));
    }
  }

  /**
   * Copies the bytes asked for out of the window, into {@code data}, which starts at {@code
   * dataOffset}.
   */
  void copyTo(MemorySegment data, long dataOffset) {
    data.asSlice(bytesFrom - dataOffset, bytesTo - bytesFrom)
        .copyFrom(chunk.asSlice(bytesFrom - from, bytesTo - bytesFrom));
  }
}
