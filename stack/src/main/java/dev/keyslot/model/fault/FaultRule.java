package dev.keyslot.model.fault;

import java.util.SplittableRandom;

/**
 * One rule of a plan, compiled by {@link FaultText}. Guarded by its plan's monitor.
 *
 * <p>Only opportunities of its index count, and only those behind the first {@code after}.
 */
final class FaultRule {

  /** Which of the opportunities that count are struck. */
  enum When {
    ALWAYS,
    NTH,
    EVERY,
    FIRST,
    PROBABILITY
  }

  /** A rule that any index meets. */
  static final long ANY = -1;

  private final FaultPoint point;
  private final String text;
  private long index = ANY;
  private long after;
  private boolean boot;
  private When when = When.ALWAYS;
  private double number;

  /** Opportunities so far. */
  private long seen;

  FaultRule(FaultPoint point, String text) {
    this.point = point;
    this.text = text;
  }

  void onlyIndex(long onlyIndex) {
    index = onlyIndex;
  }

  void onlyAfter(long opportunities) {
    after = opportunities;
  }

  void alsoAtBoot() {
    boot = true;
  }

  void when(When newWhen, double newNumber) {
    when = newWhen;
    number = newNumber;
  }

  FaultPoint point() {
    return point;
  }

  /** {@code armed}: the card is in service; until then only rules for the boot count. */
  boolean strikes(long at, boolean armed, SplittableRandom chance) {
    if ((index != ANY && index != at) || !(armed || boot)) {
      return false;
    }
    seen++;
    long count = seen - after;
    return count > 0
        && switch (when) {
          case ALWAYS -> true;
          case NTH -> count == (long) number;
          case EVERY -> count % (long) number == 0;
          case FIRST -> count <= (long) number;
          case PROBABILITY -> chance.nextDouble() < number;
        };
  }

  long seen() {
    return seen;
  }

  @Override
  public String toString() {
    return text;
  }
}
