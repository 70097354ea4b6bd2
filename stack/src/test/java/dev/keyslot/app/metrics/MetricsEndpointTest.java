package dev.keyslot.app.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.metrics.Counter;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A scraper's view of the endpoint: bytes over a socket, no client library of ours. */
@Timeout(60)
class MetricsEndpointTest {

  private static String ask(MetricsEndpoint endpoint, String request) throws IOException {
    URI url = URI.create(endpoint.url());
    try (Socket socket = new Socket(url.getHost(), url.getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static MetricsEndpoint bind() throws IOException {
    return MetricsEndpoint.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @Test
  void answersTheNumbersAndNothingElse() throws IOException {
    Meters meters = Meters.create();
    try (MetricsEndpoint endpoint = bind()) {
      endpoint.publish(meters);
      assertThat(endpoint.url()).matches("http://127\\.0\\.0\\.1:\\d+/metrics");
      meters.metrics().add(Counter.NBD_FLUSHES, 41);
      assertThat(ask(endpoint, "GET /metrics HTTP/1.0\r\n\r\n"))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .containsIgnoringCase("content-type: text/plain; version=0.0.4; charset=utf-8\r\n")
          .contains("\nkeyslot_nbd_requests_total{command=\"flush\"} 41\n");
      assertThat(ask(endpoint, "GET /secret HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 404 ");
      assertThat(ask(endpoint, "POST /metrics HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 405 ");
    }
  }

  @Test
  void anAddressIsTakenBeforeAnythingIsPublished() throws IOException {
    try (MetricsEndpoint first = bind()) {
      int port = URI.create(first.url()).getPort();
      assertThatThrownBy(() -> MetricsEndpoint.bind(new InetSocketAddress(first(first), port)))
          .isInstanceOf(BindException.class);
    }
  }

  private static InetAddress first(MetricsEndpoint endpoint) throws IOException {
    return InetAddress.getByName(URI.create(endpoint.url()).getHost());
  }

  /** Lines of Linux 6.1's /proc/PID/status. */
  @Test
  void readsWhatTheKernelSays(@TempDir Path process) throws IOException {
    Files.writeString(
        process.resolve("status"), "Name:\tjava\nVmRSS:\t   70004 kB\nThreads:\t23\n");
    Files.createDirectories(process.resolve("fd/0"));
    Files.createDirectories(process.resolve("fd/1"));
    assertThat(ProcessNumbers.read(process))
        .isEqualTo(
            new ProcessNumbers(
                OptionalLong.of(71_684_096), OptionalLong.of(23), OptionalLong.of(2)));
    assertThat(ProcessNumbers.read(process.resolve("none")))
        .isEqualTo(
            new ProcessNumbers(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty()));
  }
}
