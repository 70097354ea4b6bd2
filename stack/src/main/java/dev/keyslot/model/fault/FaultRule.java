package dev.keyslot.model.fault;

import java.util.SplittableRandom;

/**
 * One line of a plan. Guarded by its plan's monitor.
 *
 * <pre>
 *  POINT [index N] always | nth N | every N | after N | first N | probability P
 * </pre>
 */
final class FaultRule {

  private enum When {
    ALWAYS,
    NTH,
    EVERY,
    AFTER,
    FIRST,
    PROBABILITY
  }

  private static final long ANY = -1;

  private final FaultPoint point;
  private final long index;
  private final When when;
  private final double number;
  private final String text;

  /** Opportunities so far. */
  private long seen;

  private FaultRule(FaultPoint point, long index, When when, double number, String text) {
    this.point = point;
    this.index = index;
    this.when = when;
    this.number = number;
    this.text = text;
  }

  static FaultRule parse(String line) {
    String[] words = line.strip().split("\\s+", -1);
    int at = 1;
    long index = ANY;
    if (at + 1 < words.length && words[at].equals("index")) {
      index = (long) number(words[at + 1], line);
      at += 2;
    }
    if (at >= words.length) {
      throw wrong(line);
    }
    When when = when(words[at], line);
    boolean counted = when != When.ALWAYS;
    if (words.length != at + (counted ? 2 : 1)) {
      throw wrong(line);
    }
    double number = counted ? number(words[at + 1], line) : 0;
    boolean inRange = when == When.PROBABILITY ? number <= 1 : !counted || number >= 1;
    if (!inRange) {
      throw wrong(line);
    }
    return new FaultRule(point(words[0], line), index, when, number, line.strip());
  }

  private static FaultPoint point(String word, String line) {
    for (FaultPoint point : FaultPoint.values()) {
      if (point.label().equals(word)) {
        return point;
      }
    }
    throw wrong(line);
  }

  private static When when(String word, String line) {
    for (When when : When.values()) {
      if (when.name().equalsIgnoreCase(word)) {
        return when;
      }
    }
    throw wrong(line);
  }

  private static double number(String word, String line) {
    try {
      double number = Double.parseDouble(word);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below, with the line
    }
    throw wrong(line);
  }

  private static IllegalArgumentException wrong(String line) {
    return new IllegalArgumentException(
        "a fault is POINT [index N] always|nth N|every N|after N|first N|probability P: line="
            + line.strip());
  }

  FaultPoint point() {
    return point;
  }

  boolean strikes(long at, SplittableRandom chance) {
    if (index != ANY && index != at) {
      return false;
    }
    seen++;
    return switch (when) {
      case ALWAYS -> true;
      case NTH -> seen == (long) number;
      case EVERY -> seen % (long) number == 0;
      case AFTER -> seen > (long) number;
      case FIRST -> seen <= (long) number;
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
