package dev.keyslot.base.metrics;

import java.util.Map;

/** All counters and gauges at one moment. Immutable. */
public final class Snapshot {

  private final Map<Counter, Long> counts;
  private final Map<Gauge, Long> levels;

  /** Takes over both maps. */
  Snapshot(Map<Counter, Long> counts, Map<Gauge, Long> levels) {
    this.counts = counts;
    this.levels = levels;
  }

  public long get(Counter counter) {
    return counts.getOrDefault(counter, 0L);
  }

  public long get(Gauge gauge) {
    return levels.getOrDefault(gauge, 0L);
  }
}
