package dev.keyslot.app.top;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Two readings, written out, and the screen between them. */
class ScreenTest {

  private static final String BEFORE =
      """
      # TYPE keyslot_nbd_requests_total counter
      keyslot_nbd_requests_total{command="read"} 1000
      keyslot_nbd_read_bytes_total 4096000
      keyslot_nbd_latency_seconds_bucket{command="read",le="0.00005"} 900
      keyslot_nbd_latency_seconds_bucket{command="read",le="0.0001"} 1000
      keyslot_nbd_latency_seconds_bucket{command="read",le="+Inf"} 1000
      keyslot_keyslot_hits_total 10
      keyslot_keyslot_programs_total 1
      keyslot_nbd_connections 1
      """;

  private static final String AFTER =
      """
      keyslot_nbd_requests_total{command="read"} 5000
      keyslot_nbd_read_bytes_total 46039040
      keyslot_nbd_latency_seconds_bucket{command="read",le="0.00005"} 4900
      keyslot_nbd_latency_seconds_bucket{command="read",le="0.0001"} 5000
      keyslot_nbd_latency_seconds_bucket{command="read",le="+Inf"} 5000
      keyslot_nbd_errors_total{error="EIO"} 2
      keyslot_keyslot_hits_total 209
      keyslot_keyslot_programs_total 2
      keyslot_nbd_connections 3
      keyslot_nbd_connections_opened_total 12
      keyslot_nbd_connections_refused_total 1
      keyslot_nbd_buffer_bytes 69206016
      keyslot_nbd_buffer_used_bytes 1048576
      keyslot_keyslots 32
      keyslot_keyslots_programmed 4
      keyslot_keyslots_in_use 1
      keyslot_keyslot_wait_seconds_total 1.5E-7
      process_resident_memory_bytes 1.048576e+08
      process_threads 17
      process_open_fds 9
      """;

  /** 4,000 reads of 40 MiB in 2 s; all within 50 us, evenly; 199 hits in 200. */
  @Test
  void showsRatesBetweenTheReadingsAndStandingsOfTheSecond() {
    String screen =
        Screen.of("keyslot top", Reading.parse(BEFORE, 0), Reading.parse(AFTER, 2_000_000_000));
    assertThat(screen)
        .isEqualTo(
            """
            keyslot top

            command            ops/s      MiB/s        p50        p99          total
            read               2,000       20.0      25 us      50 us          5,000
            write                  0        0.0          -          -              0
            flush                  0                     -          -              0
            trim                   0                     -          -              0
            write zeroes           0                     -          -              0
            cache                  0                     -          -              0
            block status           0                     -          -              0

            connections   3 now, 12 opened, 1 refused, 0 dropped as overdue
            errors        EIO 2
            buffers       1 of 66 MiB in use, 0 waits/s
            keyslots      32: 4 hold a key, 1 in use
                          99.50% hits, 0.5 programs/s, 0 evictions/s, 0 waits/s
            recoveries    0
            process       100 MiB resident, 17 threads, 9 files
            """);
  }

  @Test
  void aTimeBehindTheLastBoundIsThatBound() {
    String slow =
        """
        keyslot_nbd_latency_seconds_bucket{command="flush",le="1"} 0
        keyslot_nbd_latency_seconds_bucket{command="flush",le="10"} 1
        keyslot_nbd_latency_seconds_bucket{command="flush",le="+Inf"} 4
        """;
    assertThat(Screen.of("", Reading.parse("", 0), Reading.parse(slow, 1_000_000_000)))
        .contains("\nflush                  0                10.0 s     10.0 s              0\n");
  }

  @Test
  void whatIsNoMetricIsRefused() {
    assertThatThrownBy(() -> Reading.parse("<html>", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a line of metrics must be a name and a number: line=<html>");
    assertThatThrownBy(() -> Reading.parse("name twelve", 0))
        .hasMessage("a line of metrics must be a name and a number: line=name twelve");
    assertThat(Reading.parse("up 1\n", 0).complete()).isFalse();
  }

  @Test
  void aPlaceIsAPortAnAddressOrAnUrl() {
    assertThat(MetricsReader.of("9300", () -> 0).url()).isEqualTo("http://127.0.0.1:9300/metrics");
    assertThat(MetricsReader.of("[::1]:9300", () -> 0).url())
        .isEqualTo("http://[::1]:9300/metrics");
    assertThat(MetricsReader.of("http://h/m", () -> 0).url()).isEqualTo("http://h/m");
    assertThatThrownBy(() -> MetricsReader.of("nbd://h", () -> 0))
        .hasMessage("metrics must be read from a port, HOST:PORT or an http URL: place=nbd://h");
  }
}
