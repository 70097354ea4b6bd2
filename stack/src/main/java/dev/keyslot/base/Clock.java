package dev.keyslot.base;

/** Monotonic time, injected so that tests can own it. Safe from any thread. */
@FunctionalInterface
public interface Clock {

  /** Nanoseconds since an arbitrary origin; never goes back. */
  long nanoTime();

  /** The machine's clock. */
  static Clock system() {
    return System::nanoTime;
  }
}
