package dev.keyslot.app.metrics;

import dev.keyslot.base.metrics.Latency;
import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * A histogram for each kind of request, two digits exact from 1 microsecond to a minute.
 *
 * <p>Recording neither waits nor allocates; about 50 KiB a kind. Safe from any thread.
 */
public final class Latencies implements Latency.Sink {

  /** Times below are counted as this. */
  private static final long LOWEST_NANOS = 1_000;

  /** Times above are counted as this: clients are dropped before. */
  private static final long HIGHEST_NANOS = 60_000_000_000L;

  private static final int DIGITS = 2;

  /** One kind of request. */
  private static final class Times {

    private final Recorder recorder = new Recorder(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);

    /** Everything until the last look. */
    private final Histogram total = new Histogram(LOWEST_NANOS, HIGHEST_NANOS, DIGITS);

    /** Reused; null before the first look. */
    private Histogram interval;

    Histogram look() {
      interval = recorder.getIntervalHistogram(interval);
      total.add(interval);
      return total.copy();
    }
  }

  /** Recording is safe from any thread; looking is guarded by this. */
  private final Map<Latency, Times> times = new EnumMap<>(Latency.class);

  Latencies() {
    for (Latency what : Latency.values()) {
      times.put(what, new Times());
    }
  }

  @Override
  public void record(Latency what, long nanos, long count) {
    long inRange = Math.max(LOWEST_NANOS, Math.min(nanos, HIGHEST_NANOS));
    times.get(what).recorder.recordValueWithCount(inRange, count);
  }

  /** All times since the beginning, in nanoseconds; copies. */
  public synchronized Map<Latency, Histogram> totals() {
    Map<Latency, Histogram> copies = new EnumMap<>(Latency.class);
    times.forEach((what, kept) -> copies.put(what, kept.look()));
    return copies;
  }
}
