package dev.keyslot.app.top;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Reads a metrics endpoint, again and again. One thread. */
public final class MetricsReader {

  private static final Pattern PORT = Pattern.compile("[0-9]{1,5}");
  private static final Pattern HOST_AND_PORT = Pattern.compile("[^/]+:[0-9]{1,5}");
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final int ANSWER_BYTES_MAX = 4 << 20;
  private static final int OK = 200;

  private final URI url;
  private final Clock clock;

  private MetricsReader(URI url, Clock clock) {
    this.url = url;
    this.clock = clock;
  }

  /**
   * For the endpoint that {@code place} names: a port of this machine, HOST:PORT, or an http URL.
   *
   * @throws IllegalArgumentException if it is none of these
   */
  public static MetricsReader of(String place, Clock clock) {
    String text = place;
    if (PORT.matcher(place).matches()) {
      text = "http://127.0.0.1:" + place + "/metrics";
    } else if (HOST_AND_PORT.matcher(place).matches()) {
      text = "http://" + place + "/metrics";
    }
    Checks.argument(
        text.startsWith("http://"),
        "metrics must be read from a port, HOST:PORT or an http URL: place=%s",
        place);
    return new MetricsReader(URI.create(text), clock);
  }

  /** Where it reads. */
  public String url() {
    return url.toString();
  }

  /**
   * The numbers now.
   *
   * @throws IOException if nobody answers, or not with a keyslot server's numbers
   */
  public Reading read() throws IOException {
    var connection = (HttpURLConnection) url.toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    if (connection.getResponseCode() != OK) {
      throw new IOException("answer must be 200: status=" + connection.getResponseCode());
    }
    try (InputStream body = connection.getInputStream()) {
      String text = new String(body.readNBytes(ANSWER_BYTES_MAX), StandardCharsets.UTF_8);
      Reading reading = Reading.parse(text, clock.nanoTime());
      if (!reading.complete()) {
        throw new IOException("answer must have a sample keyslot_nbd_connections");
      }
      return reading;
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
