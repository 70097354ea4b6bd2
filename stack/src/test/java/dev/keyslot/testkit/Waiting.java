package dev.keyslot.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what other threads do, at most ten seconds. */
public final class Waiting {

  private static final int LOOKS = 10_000;
  private static final long BETWEEN_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private Waiting() {}

  /** Returns once {@code condition} holds. */
  public static void until(String what, BooleanSupplier condition) {
    for (int i = 0; i < LOOKS; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      LockSupport.parkNanos(BETWEEN_NANOS);
    }
    throw new AssertionError("waited in vain for: " + what);
  }
}
