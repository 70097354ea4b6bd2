package dev.keyslot.host.nbd;

import dev.keyslot.base.Clock;

/**
 * Time that something of a connection may take; started and stopped by the thread that does it.
 *
 * <p>Nothing happens here when time is up: the server's round ({@link NbdServer#doWork}) looks at
 * it and closes the transport, which wakes the thread.
 */
final class Deadline {

  private final Clock clock;
  private final long allowedNanos;

  private volatile boolean running;

  /** Meaningful while {@link #running}; written before it. */
  private volatile long startNanos;

  Deadline(Clock clock, long allowedNanos) {
    this.clock = clock;
    this.allowedNanos = allowedNanos;
  }

  void start() {
    if (allowedNanos == NbdLimits.NEVER) {
      return; // looking at the clock is not free
    }
    startNanos = clock.nanoTime();
    running = true;
  }

  void stop() {
    running = false;
  }

  /** Safe from any thread. */
  boolean passed() {
    return running && clock.nanoTime() - startNanos > allowedNanos;
  }
}
