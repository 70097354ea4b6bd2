package dev.keyslot.host.block;

/**
 * What a request queue needs from the driver below it: the kernel's queue operations.
 *
 * <p>Safe from any thread; {@link #queue} and {@link #commit} are called by one thread at a time,
 * under the queue's lock. A driver never calls {@link BlockRequest#complete} from inside {@link
 * #queue} or {@link #commit}; it does so from {@link #poll}, outside its own locks.
 */
public interface BlockDriver {

  /** The driver's answer to a request. */
  enum Disposition {
    /** Taken; it will be completed. */
    TAKEN,
    /** Not now: the queue parks the request and offers it again after the next completion. */
    BUSY,
    /** Refused for good: the queue completes it with {@link BlockStatus#IOERR}. */
    REFUSED
  }

  /** The limits that requests obey; constant while a queue stands on this driver. */
  QueueLimits limits();

  /** Prepares a request; hardware need not see it before {@link #commit}. */
  Disposition queue(BlockRequest request);

  /** Makes the hardware see everything taken since the last commit: one doorbell for all of it. */
  void commit();

  /**
   * Serves what the hardware has finished and completes those requests.
   *
   * @return the number of requests completed or other things done; 0 when nothing was to do
   */
  int poll();

  /**
   * The number of sectors from {@code sector} on that are a hole or are data, as the medium tells.
   *
   * @return positive: so many sectors hold data; negative: so many sectors are a hole and read as
   *     zero ciphertext; never 0. Where the medium cannot tell, everything to the end of the device
   *     is data
   */
  long extent(long sector);

  /** Which operations the hardware can do; {@code READ}, {@code WRITE} and {@code FLUSH} always. */
  boolean supports(BlockOperation operation);
}
