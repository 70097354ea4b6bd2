package dev.keyslot.testkit;

import dev.keyslot.base.Parker;
import java.util.concurrent.TimeUnit;

/**
 * The parker of one-thread tests: a thread that can do nothing lets virtual time pass, a
 * millisecond at a time.
 *
 * <p>When more time has passed without any permit than the longest limit in the stack, nothing will
 * ever happen: the test fails with "deadlock". Every {@link #progress} starts that count again.
 */
public final class SteppedParker implements Parker {

  private static final long QUANTUM_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /**
   * Longer than any time-out in the stack: a synchronous request of the MMC core may take 600 s.
   */
  private static final long DEADLOCK_NANOS = TimeUnit.SECONDS.toNanos(700);

  /** What a patient parker oversleeps at most: short against every time limit in the stack. */
  private static final long OVERSLEEP_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(10);

  /** It oversleeps by this part of the time that nothing has happened already. */
  private static final int OVERSLEEP_DIVISOR = 1_000;

  private final FakeClock clock;
  private final long deadlockNanos;
  private long idleNanos;

  public SteppedParker(FakeClock clock) {
    this(clock, DEADLOCK_NANOS);
  }

  /**
   * Where several time-outs may follow each other before anything happens. Long waits in small
   * steps are slow: the longer it has waited, the more it oversleeps, as a thread may.
   */
  public SteppedParker(FakeClock clock, long deadlockNanos) {
    this.clock = clock;
    this.deadlockNanos = deadlockNanos;
  }

  @Override
  public void park(Object blocker, long timeoutNanos) {
    long step = Math.min(QUANTUM_NANOS, Math.max(timeoutNanos, 1));
    if (deadlockNanos > DEADLOCK_NANOS) {
      step = Math.max(step, Math.min(idleNanos / OVERSLEEP_DIVISOR, OVERSLEEP_NANOS_MAX));
    }
    clock.advance(step);
    idleNanos += step;
    if (idleNanos > deadlockNanos) {
      throw new AssertionError(
          "deadlock: nothing happened in "
              + TimeUnit.NANOSECONDS.toSeconds(idleNanos)
              + " s of virtual time");
    }
  }

  @Override
  public void unpark(Thread thread) {
    progress();
  }

  /** Something happened. */
  public void progress() {
    idleNanos = 0;
  }
}
