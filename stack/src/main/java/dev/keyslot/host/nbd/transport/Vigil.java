package dev.keyslot.host.nbd.transport;

import dev.keyslot.base.Clock;

/**
 * Whether it pays to look at a socket again before waiting for it: decision 0017.
 *
 * <p>Where what was awaited came within a moment the last time, a reader looks for that long again;
 * where it did not, the reader waits at once, twice as many times as after the last vain look. With
 * one processor nobody looks: the client could not run meanwhile. Belongs to one reader.
 */
final class Vigil {

  /** Several looks; what a client with one request at a time needs is longer. */
  static final long WINDOW_NANOS = 8_000;

  /** What came this late after the first look was no faster than being woken for it. */
  static final long LATE_NANOS = 2 * WINDOW_NANOS;

  /** So a vain look costs next to nothing, and a client that has become faster is noticed soon. */
  static final int WAITS_MAX = 256;

  private final Clock clock;
  private final boolean inCompany;

  private long startNanos;

  /** Waits still to come without a look. */
  private int waits;

  /** The same, after the next vain look. */
  private int waitsNext = 1;

  Vigil(Clock clock, int processors) {
    this.clock = clock;
    inCompany = processors > 1;
  }

  /** Whether to look before this wait. */
  boolean begins() {
    if (waits > 0) {
      waits--;
      return false;
    }
    startNanos = clock.nanoTime();
    return inCompany;
  }

  /** Whether to look once more after a look in vain; others have had the processor meanwhile. */
  @SuppressWarnings("ThreadPriorityCheck") // correct without; the yield is for others' sake
  boolean goesOn() {
    if (clock.nanoTime() - startNanos >= WINDOW_NANOS) {
      inVain();
      return false;
    }
    Thread.yield();
    return true;
  }

  /** A look has found something. */
  void found() {
    if (clock.nanoTime() - startNanos >= LATE_NANOS) {
      inVain();
    } else {
      waitsNext = 1;
    }
  }

  private void inVain() {
    waits = waitsNext;
    waitsNext = Math.min(WAITS_MAX, 2 * waitsNext);
  }
}
