package dev.keyslot.model.controller;

import dev.keyslot.base.Clock;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;

/**
 * The queue's two timers, which count the clock that CAP names: interrupt coalescing (IC) and the
 * wait between two looks at the card's queue status (SSC1.CIT).
 *
 * <p>A part without a clock has neither: it looks whenever it is stepped, and coalesces by count
 * alone. Guarded by the controller's lock.
 */
final class QueueTimers {

  /** IC's timeout counts these many timer clocks. */
  private static final long COALESCING_UNIT_CLOCKS = 1024;

  /** CAP's ITCFMUL: hertz by code. */
  private static final long[] UNIT_HERTZ = {1_000, 10_000, 100_000, 1_000_000, 10_000_000};

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** Null: no timers. */
  private final Clock clock;

  private final RegisterFile registers;

  /** When the first completion that waits came. */
  private long heldSinceNanos;

  /** When the card was last asked; meaningful once {@link #looked}. */
  private long lookedAtNanos;

  private boolean looked;

  QueueTimers(Clock clock, RegisterFile registers) {
    this.clock = clock;
    this.registers = registers;
  }

  /** The first completion is held back: the coalescing timer starts. */
  void holdBack() {
    heldSinceNanos = clock == null ? 0 : clock.nanoTime();
  }

  /** Whether what is held back has waited for as long as IC says; a timeout of 0 never ends. */
  boolean heldLongEnough() {
    int units = CqhciFields.IC_TIMEOUT.extractInt(registers.get(CqhciRegister.IC));
    return clock != null
        && units != 0
        && clock.nanoTime() - heldSinceNanos >= nanos(units * COALESCING_UNIT_CLOCKS);
  }

  /**
   * Whether the card may be asked for its queue status now; the answer counts as a look.
   *
   * @param transferring while data moves, the block counter decides, and 0 says never
   */
  boolean mayLook(boolean transferring) {
    if (clock == null) {
      return true;
    }
    int control = registers.get(CqhciRegister.SSC1);
    boolean due =
        transferring
            ? CqhciFields.SSC1_BLOCK_COUNTER.isSet(control)
            : !looked
                || clock.nanoTime() - lookedAtNanos
                    >= nanos(CqhciFields.SSC1_IDLE_TIMER.extract(control));
    if (due) {
      looked = true;
      lookedAtNanos = clock.nanoTime();
    }
    return due;
  }

  private long nanos(long clocks) {
    int capabilities = registers.get(CqhciRegister.CAP);
    int code = CqhciFields.CAP_TIMER_CLOCK_UNIT.extractInt(capabilities);
    long hertz =
        UNIT_HERTZ[Math.min(code, UNIT_HERTZ.length - 1)]
            * Math.max(1, CqhciFields.CAP_TIMER_CLOCK.extract(capabilities));
    return (clocks * NANOS_PER_SECOND + hertz - 1) / hertz;
  }
}
