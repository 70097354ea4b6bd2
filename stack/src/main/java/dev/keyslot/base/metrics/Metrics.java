package dev.keyslot.base.metrics;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;

/**
 * The counters of one server.
 *
 * <p>Adding costs an uncontended atomic addition, allocates nothing and never waits. Safe from any
 * thread. What is neither added to nor pulled is 0.
 */
public final class Metrics {

  private static final Counter[] COUNTERS = Counter.values();
  private static final Gauge[] GAUGES = Gauge.values();

  /** Somebody who counts by itself; asked at each snapshot, from any thread. */
  public interface Source {

    /** Its share of {@code counter}; 0 if it knows nothing of it. */
    default long count(Counter counter) {
      return 0;
    }

    /** Its share of {@code gauge} now; 0 if it knows nothing of it. */
    default long level(Gauge gauge) {
      return 0;
    }
  }

  private final Map<Counter, LongAdder> added = new EnumMap<>(Counter.class);
  private final List<Source> sources = new CopyOnWriteArrayList<>();
  private final Latency.Sink latencies;

  /** All zero, with times going to {@code latencies}. */
  public Metrics(Latency.Sink latencies) {
    this.latencies = latencies;
    for (Counter counter : COUNTERS) {
      added.put(counter, new LongAdder());
    }
  }

  /** Counters whose times nobody keeps. */
  public static Metrics withoutLatencies() {
    return new Metrics(Latency.Sink.NONE);
  }

  /** {@code amount} more, at least 0. */
  public void add(Counter counter, long amount) {
    added.get(counter).add(amount);
  }

  /** One more. */
  public void count(Counter counter) {
    added.get(counter).increment();
  }

  /** {@code count} requests took {@code nanos} each. */
  public void time(Latency what, long nanos, long count) {
    latencies.record(what, nanos, count);
  }

  /** Asks somebody who counts by itself, until it is forgotten; several add up. */
  public void pull(Source source) {
    sources.add(source);
  }

  /** Asks {@code source} no longer; what it counted stays counted, its levels are gone. */
  public void forget(Source source) {
    if (sources.remove(source)) {
      for (Counter counter : COUNTERS) {
        add(counter, source.count(counter));
      }
    }
  }

  /** All numbers now; those that change meanwhile are old or new. */
  public Snapshot snapshot() {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    added.forEach((counter, adder) -> counts.put(counter, adder.sum()));
    Map<Gauge, Long> levels = new EnumMap<>(Gauge.class);
    for (Source source : sources) {
      for (Counter counter : COUNTERS) {
        counts.merge(counter, source.count(counter), Long::sum);
      }
      for (Gauge gauge : GAUGES) {
        levels.merge(gauge, source.level(gauge), Long::sum);
      }
    }
    return new Snapshot(counts, levels);
  }
}
