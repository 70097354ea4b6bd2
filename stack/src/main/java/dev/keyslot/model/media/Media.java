package dev.keyslot.model.media;

import java.lang.foreign.MemorySegment;

/**
 * A backing store of fixed size; never written ranges are holes and read as zeros.
 *
 * <p>Safe from any thread; accesses that overlap in range are ordered by the caller. A 512-byte
 * sector is never torn by a crash of the process. Ranges lie inside {@code [0, sizeBytes)}.
 */
public interface Media extends AutoCloseable {

  long sizeBytes();

  /** Fills {@code into}, or answers {@link MediaOutcome#HOLE} and leaves it alone. */
  MediaOutcome read(long offsetBytes, MemorySegment into);

  /** Stores {@code from}; volatile until the next {@link #flush} that succeeds. */
  MediaOutcome write(long offsetBytes, MemorySegment from);

  /** Makes the range read as zeros, giving its space back as far as the store can. */
  MediaOutcome punch(long offsetBytes, long lengthBytes);

  /**
   * Makes everything that was answered before durable. Once it has failed it fails until the store
   * is opened anew: nobody knows what was lost.
   */
  MediaOutcome flush();

  /**
   * How far data or a hole reaches from {@code offsetBytes} on.
   *
   * @return positive: bytes of data; negative: bytes of a hole; never 0, never beyond the end
   */
  long extent(long offsetBytes);

  @Override
  void close();
}
