package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;

/**
 * What takes bios: a request queue, or something wrapped around one.
 *
 * <p>Safe from any thread. Never blocks for another request: what cannot go on now is parked and
 * goes on from somebody's {@link #poll}.
 */
public interface BlockDevice {

  /** The limits below; a bio itself may be larger, it is split. */
  QueueLimits limits();

  /** Submits one bio and shows it to the hardware at once. */
  void submit(Bio bio);

  /** Adds a bio to the caller's plug; nothing need happen before {@link #finish}. */
  void submit(Plug plug, Bio bio);

  /** Submits what the plug collected, merged, and shows it to the hardware: one doorbell. */
  void finish(Plug plug);

  /**
   * Completes what the hardware finished and lets parked requests go on.
   *
   * @return the number of things done; 0 when nothing was to do
   */
  int poll();

  /** How far from {@code sector} on the medium holds data or a hole: {@link BlockDriver#extent}. */
  long extent(long sector);

  /** Which operations can be done. */
  boolean supports(BlockOperation operation);

  /** Whether the hardware itself can encrypt in this way. */
  boolean cryptoSupported(CryptoConfig config);

  /**
   * Prepares for I/O with {@code key}; to be called before the first, not on the data path.
   *
   * @return OK, or NOTSUPP if nothing here can encrypt in the key's way
   */
  BlockStatus startUsingKey(CryptoKey key);

  /**
   * Forgets {@code key}, whose I/O is all done: afterwards it may be closed. Failures of the
   * hardware are logged.
   */
  void evictKey(CryptoKey key);
}
