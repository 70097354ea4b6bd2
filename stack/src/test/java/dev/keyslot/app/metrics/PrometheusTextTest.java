package dev.keyslot.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Gauge;
import dev.keyslot.base.metrics.Latency;
import dev.keyslot.base.metrics.Metrics;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** The text, line by line, typed from the description of the Prometheus text format 0.0.4. */
class PrometheusTextTest {

  /** All names but those of the histogram: a promise to dashboards. */
  private static final List<String> NAMES =
      List.of(
          "keyslot_nbd_connections_opened_total counter",
          "keyslot_nbd_connections_closed_total counter",
          "keyslot_nbd_connections_refused_total counter",
          "keyslot_nbd_connections_overdue_total counter",
          "keyslot_nbd_tls_failures_total counter",
          "keyslot_nbd_turns_total counter",
          "keyslot_nbd_buffer_waits_total counter",
          "keyslot_nbd_requests_total counter",
          "keyslot_nbd_read_bytes_total counter",
          "keyslot_nbd_written_bytes_total counter",
          "keyslot_nbd_refusals_total counter",
          "keyslot_nbd_errors_total counter",
          "keyslot_keyslot_hits_total counter",
          "keyslot_keyslot_programs_total counter",
          "keyslot_keyslot_evictions_total counter",
          "keyslot_keyslot_waits_total counter",
          "keyslot_keyslot_wait_seconds_total counter",
          "keyslot_host_recoveries_total counter",
          "keyslot_nbd_connections gauge",
          "keyslot_nbd_exports gauge",
          "keyslot_nbd_buffer_bytes gauge",
          "keyslot_nbd_buffer_used_bytes gauge",
          "keyslot_keyslots gauge",
          "keyslot_keyslots_programmed gauge",
          "keyslot_keyslots_in_use gauge",
          "keyslot_nbd_latency_seconds histogram",
          "process_resident_memory_bytes gauge",
          "process_threads gauge",
          "process_open_fds gauge");

  private final Meters meters = Meters.create();

  private List<String> text() {
    ProcessNumbers process =
        new ProcessNumbers(OptionalLong.of(1 << 20), OptionalLong.of(17), OptionalLong.of(9));
    String text =
        PrometheusText.of(meters.metrics().snapshot(), meters.latencies().totals(), process);
    assertThat(text).endsWith("\n");
    return text.lines().toList();
  }

  @Test
  void namesEverythingOnceAndInOneOrder() {
    List<String> types =
        text().stream()
            .filter(line -> line.startsWith("# TYPE "))
            .map(line -> line.substring("# TYPE ".length()))
            .toList();
    assertThat(types).isEqualTo(NAMES);
  }

  @Test
  void writesCountersWithTheirTagsAndTimesInSeconds() {
    meters.metrics().add(Counter.NBD_READS, 12);
    meters.metrics().add(Counter.NBD_ERRORS_ENOSPC, 3);
    meters.metrics().add(Counter.KEYSLOT_WAIT_NANOS, 1_500_000_000);
    meters
        .metrics()
        .pull(
            new Metrics.Source() {
              @Override
              public long level(Gauge gauge) {
                return gauge == Gauge.KEYSLOTS ? 32 : 0;
              }
            });
    assertThat(text())
        .containsSubsequence(
            "# HELP keyslot_nbd_requests_total requests that reached an export",
            "# TYPE keyslot_nbd_requests_total counter",
            "keyslot_nbd_requests_total{command=\"read\"} 12",
            "keyslot_nbd_requests_total{command=\"write\"} 0",
            "keyslot_nbd_errors_total{error=\"ENOSPC\"} 3",
            "keyslot_keyslot_wait_seconds_total 1.5",
            "keyslot_keyslots 32",
            "process_resident_memory_bytes 1048576",
            "process_threads 17",
            "process_open_fds 9");
  }

  @Test
  void bucketsCountEverythingUpToTheirBound() {
    meters.metrics().time(Latency.READ, 12_000, 10); // 12 us
    meters.metrics().time(Latency.READ, 400_000, 5); // 0.4 ms
    meters.metrics().time(Latency.READ, 1, 1); // counted as 1 us
    meters.metrics().time(Latency.READ, Long.MAX_VALUE, 1); // counted as a minute
    String bucket = "keyslot_nbd_latency_seconds_bucket{command=\"read\",le=";
    assertThat(text())
        .containsSubsequence(
            bucket + "\"0.000001\"} 1",
            bucket + "\"0.00001\"} 1",
            bucket + "\"0.000015\"} 11",
            bucket + "\"0.0003\"} 11",
            bucket + "\"0.0005\"} 16",
            bucket + "\"10\"} 16",
            bucket + "\"+Inf\"} 17",
            "keyslot_nbd_latency_seconds_count{command=\"read\"} 17");
    assertThat(text()).contains("keyslot_nbd_latency_seconds_sum{command=\"write\"} 0");
  }

  @Test
  void aSecondLookHasWhatTheFirstHad() {
    meters.metrics().time(Latency.FLUSH, 2_000_000, 1);
    text();
    meters.metrics().time(Latency.FLUSH, 2_000_000, 1);
    assertThat(text()).contains("keyslot_nbd_latency_seconds_count{command=\"flush\"} 2");
  }
}
