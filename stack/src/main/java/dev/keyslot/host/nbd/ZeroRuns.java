package dev.keyslot.host.nbd;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Finds long runs of zeros in what was read, to be sent as holes.
 *
 * <p>A run that is long enough covers whole groups of steps, so one look per group settles data
 * that has no zeros: 32 looks in a MiB.
 */
final class ZeroRuns {

  /** Runs shorter than this are cheaper to send than to announce. */
  static final int RUN_BYTES_MIN = 32 << 10;

  /** Runs start and end at multiples of this, from the start of the buffer. */
  static final int STEP_BYTES = 4096;

  private static final int STEPS_MIN = RUN_BYTES_MIN / STEP_BYTES;

  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[STEP_BYTES]);

  private ZeroRuns() {}

  /**
   * The start of the first run at or behind {@code from}, or the length of {@code data}.
   *
   * @param from a multiple of {@link #STEP_BYTES}
   */
  static long next(MemorySegment data, long from) {
    long steps = data.byteSize() / STEP_BYTES;
    long start = from / STEP_BYTES;
    while (start + STEPS_MIN <= steps) {
      long step = start + STEPS_MIN - 1;
      while (step >= start && zero(data, step)) {
        step--;
      }
      if (step < start) {
        return start * STEP_BYTES;
      }
      start = step + 1;
    }
    return data.byteSize();
  }

  /** The end of the run that starts at {@code start}. */
  static long end(MemorySegment data, long start) {
    long steps = data.byteSize() / STEP_BYTES;
    long step = start / STEP_BYTES + STEPS_MIN;
    while (step < steps && zero(data, step)) {
      step++;
    }
    return step * STEP_BYTES;
  }

  private static boolean zero(MemorySegment data, long step) {
    long at = step * STEP_BYTES;
    return data.get(ValueLayout.JAVA_LONG_UNALIGNED, at) == 0
        && MemorySegment.mismatch(data, at, at + STEP_BYTES, ZEROS, 0, STEP_BYTES) < 0;
  }
}
