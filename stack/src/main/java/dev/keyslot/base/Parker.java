package dev.keyslot.base;

import java.util.function.BooleanSupplier;

/**
 * Where a thread waits when it can do nothing itself.
 *
 * <p>The real one parks the thread; the one in tests runs the next agent, advances virtual time
 * only when nothing can run, and fails with "deadlock" if time cannot help either. A permit given
 * before the wait is not lost.
 */
public interface Parker {

  /**
   * Waits for a permit, or {@code timeoutNanos}, or spuriously: callers check their condition
   * again.
   *
   * @param timeoutNanos the longest wait; {@link Long#MAX_VALUE} for no limit
   */
  void park(Object blocker, long timeoutNanos);

  /** Gives {@code thread} a permit: its present or next {@link #park} returns. */
  void unpark(Thread thread);

  /**
   * Looks for some microseconds whether {@code condition} holds, as parking would cost more than
   * what is waited for takes; not at all where there is one processor.
   *
   * @param condition cheap, without side effects that a second look would repeat
   * @return whether it held
   */
  static boolean patiently(BooleanSupplier condition) {
    return Patience.until(condition);
  }
}
