package dev.keyslot.app.metrics;

import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Gauge;
import dev.keyslot.base.metrics.Latency;
import dev.keyslot.base.metrics.Snapshot;
import dev.keyslot.base.metrics.Unit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.HdrHistogram.Histogram;

/**
 * Writes all numbers in the Prometheus text format, version 0.0.4.
 *
 * <p>Names and tags are fixed in the enums of {@code base.metrics}: none comes from outside, so
 * nothing needs escaping, and none is derived from a key.
 */
final class PrometheusText {

  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final String PREFIX = "keyslot_";

  private static final int NANOS_DIGITS = 9;

  /** Upper ends of buckets: six to each power of ten, from 1 microsecond to 10 seconds. */
  private static final List<Long> BOUNDS_NANOS = bounds();

  private final StringBuilder out = new StringBuilder();

  private PrometheusText() {}

  /** A whole answer to a scraper. */
  static String of(Snapshot counts, Map<Latency, Histogram> latencies, ProcessNumbers process) {
    var text = new PrometheusText();
    text.counters(counts);
    text.gauges(counts);
    text.histograms(latencies);
    text.process(process);
    return text.out.toString();
  }

  private static List<Long> bounds() {
    List<Long> bounds = new ArrayList<>();
    for (long decade = 1_000; decade < 10_000_000_000L; decade *= 10) {
      for (long tenth : new long[] {10, 15, 20, 30, 50, 70}) {
        bounds.add(decade * tenth / 10);
      }
    }
    bounds.add(10_000_000_000L);
    return bounds;
  }

  private void counters(Snapshot counts) {
    String last = "";
    for (Counter counter : Counter.values()) {
      boolean seconds = counter.unit() == Unit.NANOSECONDS;
      String name = PREFIX + counter.id() + (seconds ? "_seconds_total" : "_total");
      if (!name.equals(last)) {
        head(name, counter.label(), "counter");
        last = name;
      }
      long value = counts.get(counter);
      String tag =
          counter.tag().isEmpty() ? "" : "{%s=\"%s\"}".formatted(counter.tag(), counter.tagValue());
      line(name + tag, seconds ? seconds(value) : Long.toString(value));
    }
  }

  private void gauges(Snapshot counts) {
    for (Gauge gauge : Gauge.values()) {
      String name = PREFIX + gauge.id();
      head(name, gauge.label(), "gauge");
      line(name, Long.toString(counts.get(gauge)));
    }
  }

  private void histograms(Map<Latency, Histogram> latencies) {
    String name = PREFIX + "nbd_latency_seconds";
    head(name, "time from a whole request to its whole reply", "histogram");
    latencies.forEach((what, times) -> histogram(name, what, times));
  }

  private void histogram(String name, Latency what, Histogram times) {
    String command = "command=\"%s\"".formatted(what.name().toLowerCase(Locale.ROOT));
    for (long bound : BOUNDS_NANOS) {
      line(
          "%s_bucket{%s,le=\"%s\"}".formatted(name, command, seconds(bound)),
          Long.toString(times.getCountBetweenValues(0, bound)));
    }
    String count = Long.toString(times.getTotalCount());
    line("%s_bucket{%s,le=\"+Inf\"}".formatted(name, command), count);
    long sum = times.getTotalCount() == 0 ? 0 : Math.round(times.getMean() * times.getTotalCount());
    line("%s_sum{%s}".formatted(name, command), seconds(sum));
    line("%s_count{%s}".formatted(name, command), count);
  }

  private void process(ProcessNumbers process) {
    gauge("process_resident_memory_bytes", "resident memory of the server", process.rssBytes());
    gauge("process_threads", "threads of the server", process.threads());
    gauge("process_open_fds", "open file descriptors of the server", process.openFiles());
  }

  private void gauge(String name, String help, OptionalLong value) {
    if (value.isPresent()) {
      head(name, help, "gauge");
      line(name, Long.toString(value.getAsLong()));
    }
  }

  private void head(String name, String help, String type) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void line(String name, String value) {
    out.append(name).append(' ').append(value).append('\n');
  }

  private static String seconds(long nanos) {
    BigDecimal exact = BigDecimal.valueOf(nanos, NANOS_DIGITS).stripTrailingZeros();
    return (exact.scale() < 0 ? exact.setScale(0) : exact).toPlainString();
  }
}
