package dev.keyslot.host.device;

import dev.keyslot.base.Agent;
import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import java.util.function.BooleanSupplier;

/**
 * How a driver waits for its hardware: it lets the hardware run, and gives up after a limit.
 *
 * <p>Never sleeps by itself: where nothing can run the parker decides, in tests by advancing
 * virtual time. Not for the data path. Safe from any thread if the parts are.
 */
public final class HardwareWait {

  /** The longest wait between two looks; short against every limit in use. */
  private static final long LOOK_NANOS = 10_000;

  private final Clock clock;
  private final Parker parker;
  private final Agent hardware;

  /**
   * @param hardware a step of the machine this driver's device lives in; 0 means that only time can
   *     help
   */
  public HardwareWait(Clock clock, Parker parker, Agent hardware) {
    this.clock = clock;
    this.parker = parker;
    this.hardware = hardware;
  }

  public Clock clock() {
    return clock;
  }

  /**
   * Waits until {@code condition} holds, at most {@code limitNanos}.
   *
   * @return whether it held; it is looked at once more after the limit has passed
   */
  public boolean until(BooleanSupplier condition, long limitNanos) {
    long start = clock.nanoTime();
    while (!condition.getAsBoolean()) {
      if (clock.nanoTime() - start >= limitNanos) {
        return condition.getAsBoolean();
      }
      step();
    }
    return true;
  }

  /** Lets time pass while the hardware runs. */
  public void pause(long nanos) {
    long start = clock.nanoTime();
    while (clock.nanoTime() - start < nanos) {
      step();
    }
  }

  /** Lets the hardware run once; where it has nothing to do, a moment passes. */
  public void step() {
    if (hardware.doWork() == 0) {
      parker.park(this, LOOK_NANOS);
    }
  }
}
