package dev.keyslot.base.metrics;

/** What a {@link Counter} or {@link Gauge} counts. */
public enum Unit {
  BYTES,
  CONNECTIONS,
  EVENTS,
  KEYSLOTS,
  NANOSECONDS,
  OPERATIONS,
  REPLIES
}
