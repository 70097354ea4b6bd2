package dev.keyslot.base;

import java.util.function.BooleanSupplier;

/**
 * How long a thread looks again and again before it parks.
 *
 * <p>Parking and being woken costs more than the few microseconds that others need for what is
 * waited for, as long as they run. With one processor they cannot run meanwhile: nobody looks twice
 * there. Safe from any thread.
 */
final class Patience {

  /** Some ten microseconds. */
  private static final int LOOKS = Runtime.getRuntime().availableProcessors() > 1 ? 200 : 0;

  private Patience() {}

  /**
   * Looks until {@code condition} holds or patience ends.
   *
   * @param condition cheap
   * @return whether it held
   */
  static boolean until(BooleanSupplier condition) {
    for (int i = 0; i < LOOKS; i++) {
      Thread.onSpinWait();
      if (condition.getAsBoolean()) {
        return true;
      }
    }
    return false;
  }
}
