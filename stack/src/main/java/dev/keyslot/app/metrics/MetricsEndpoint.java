package dev.keyslot.app.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers {@code GET /metrics} over HTTP, one scraper at a time.
 *
 * <p>Bound first, so that a port in use is known before anything else happens; it answers from
 * {@link #publish} on. Nothing can be changed through it.
 */
public final class MetricsEndpoint implements AutoCloseable {

  private static final String PATH = "/metrics";
  private static final int BACKLOG = 16;
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;

  static {
    // The JDK's server waits for ever otherwise, with its one thread. Seconds.
    limit("sun.net.httpserver.maxReqTime", "10");
    limit("sun.net.httpserver.maxRspTime", "10");
    limit("jdk.httpserver.maxConnections", "64");
  }

  private final HttpServer server;
  private final ExecutorService thread;

  private MetricsEndpoint(HttpServer server) {
    this.server = server;
    thread =
        Executors.newSingleThreadExecutor(
            work -> Thread.ofPlatform().name("metrics").daemon().unstarted(work));
  }

  private static void limit(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /**
   * Takes the address; port 0 takes a free one.
   *
   * @throws IOException if it cannot be had
   */
  public static MetricsEndpoint bind(InetSocketAddress address) throws IOException {
    return new MetricsEndpoint(HttpServer.create(address, BACKLOG));
  }

  /** Answers with the numbers of {@code meters} from now on; to be called once. */
  public void publish(Meters meters) {
    server.createContext("/", exchange -> answer(exchange, meters));
    server.setExecutor(thread);
    server.start();
  }

  /** Where scrapers find it. */
  public String url() {
    InetSocketAddress address = server.getAddress();
    String host = address.getAddress().getHostAddress();
    return "http://%s:%d%s"
        .formatted(host.indexOf(':') < 0 ? host : "[" + host + "]", address.getPort(), PATH);
  }

  private static void answer(HttpExchange exchange, Meters meters) throws IOException {
    try (exchange) {
      if (!exchange.getRequestURI().getPath().equals(PATH)) {
        send(exchange, NOT_FOUND, "text/plain; charset=utf-8", "metrics are at " + PATH + "\n");
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.getResponseHeaders().set("Allow", "GET");
        send(exchange, METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "GET only\n");
      } else {
        String text =
            PrometheusText.of(
                meters.metrics().snapshot(), meters.latencies().totals(), ProcessNumbers.read());
        send(exchange, OK, PrometheusText.CONTENT_TYPE, text);
      }
    }
  }

  private static void send(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(bytes);
    }
  }

  /** Answers nobody any more. */
  @Override
  public void close() {
    server.stop(0);
    thread.shutdownNow();
  }
}
