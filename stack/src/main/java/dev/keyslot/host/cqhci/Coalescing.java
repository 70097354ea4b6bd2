package dev.keyslot.host.cqhci;

import dev.keyslot.base.Checks;
import dev.keyslot.link.cqhci.CqhciFields;

/**
 * When the completions of data tasks interrupt together (CQHCI IC, 1Ch): fewer interrupts, for a
 * longer wait of the first. Direct commands always interrupt at once, and take along what waits.
 *
 * @param completions that make an interrupt; 0: each makes its own
 * @param timeoutNanos after the first that waits, the rest interrupts all the same; the block
 *     counts in steps of 1024 clocks of its timer, at most 127
 */
public record Coalescing(int completions, long timeoutNanos) {

  /** Each completion interrupts: the default, and what Linux always does. */
  public static final Coalescing OFF = new Coalescing(0, 0);

  /** IC has five bits for the count. */
  public static final int COMPLETIONS_MAX = 31;

  /** Far beyond what any request should wait. */
  public static final long TIMEOUT_MAX_NANOS = 100_000_000;

  /** The timer's unit, in clocks of the timer. */
  private static final long UNIT_CLOCKS = 1024;

  /** IC has seven bits for the timeout. */
  private static final long UNITS_MAX = 127;

  /** CAP's multiplier is a power of ten of kilohertz, up to this one. */
  private static final int MULTIPLIER_MAX = 4;

  private static final long NANOS_TIMES_KILOHERTZ = 1_000_000;

  /** Refuses what IC cannot say, and a count without a timer: the last few would never end. */
  public Coalescing {
    Checks.argument(
        completions >= 0 && completions <= COMPLETIONS_MAX,
        "completions of an interrupt must be in [0, %d]: completions=%d",
        COMPLETIONS_MAX,
        completions);
    Checks.argument(
        timeoutNanos >= 0 && timeoutNanos <= TIMEOUT_MAX_NANOS,
        "timeout of coalescing must be in [0, %d] ns: timeoutNanos=%d",
        TIMEOUT_MAX_NANOS,
        timeoutNanos);
    Checks.argument(
        completions > 0 == timeoutNanos > 0,
        "coalescing must have both a count and a timeout: completions=%d timeoutNanos=%d",
        completions,
        timeoutNanos);
  }

  /** Whether completions wait for each other. */
  boolean on() {
    return completions > 0;
  }

  /** Kilohertz of the timer's clock by the block's CAP; 0 where it names none. */
  private static long kilohertz(int cap) {
    int multiplier = CqhciFields.CAP_TIMER_CLOCK_UNIT.extractInt(cap);
    long value = CqhciFields.CAP_TIMER_CLOCK.extract(cap);
    for (int i = 0; i < multiplier; i++) {
      value *= 10;
    }
    return multiplier > MULTIPLIER_MAX ? 0 : value;
  }

  /**
   * What goes into IC of a block with this CAP, counter and timer starting anew; 0 where it is off,
   * or cannot be on because the timer has no clock.
   */
  int control(int cap) {
    long units = Math.ceilDiv(timeoutNanos * kilohertz(cap), UNIT_CLOCKS * NANOS_TIMES_KILOHERTZ);
    if (units == 0) {
      return 0;
    }
    int ic = CqhciFields.IC_ENABLE.set32(CqhciFields.IC_RESET.mask32());
    ic = CqhciFields.IC_THRESHOLD_WRITE.set32(CqhciFields.IC_TIMEOUT_WRITE.set32(ic));
    ic = CqhciFields.IC_THRESHOLD.insert32(ic, completions);
    return CqhciFields.IC_TIMEOUT.insert32(ic, (int) Math.min(units, UNITS_MAX));
  }
}
