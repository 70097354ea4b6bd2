package dev.keyslot.host.mmc;

/**
 * Remembers whether a card lost writes that it had acknowledged and nobody had flushed.
 *
 * <p>A volatile cache is empty after a reset or a power cycle, and the card does not tell. Every
 * flush from then on must fail: it would promise what is gone, and nobody knows who has been told.
 * Safe from any thread; a reset comes while nothing is in flight.
 */
final class CacheLoss {

  /** Something was written since the last flush that went well began. */
  private volatile boolean unflushed;

  private volatile boolean writtenSinceFlushBegan;
  private volatile boolean lost;

  /** A write or trim completed and need not be durable. */
  void written() {
    if (!writtenSinceFlushBegan || !unflushed) {
      writtenSinceFlushBegan = true; // in this order: see flushed
      unflushed = true;
    }
  }

  void flushBegins() {
    writtenSinceFlushBegan = false;
  }

  /** A flush went well, says the card; whether that may be believed. */
  boolean flushed() {
    unflushed = false;
    if (writtenSinceFlushBegan) {
      unflushed = true;
    }
    return !lost;
  }

  /** Whether writes were lost that had been acknowledged. */
  boolean lost() {
    return lost;
  }

  /** Flushed outside the queue, while nothing was in flight; what is lost stays lost. */
  void flushedIdle() {
    unflushed = false;
  }

  /** The card starts over with an empty cache. */
  void cardReset() {
    lost |= unflushed;
    unflushed = false;
  }
}
