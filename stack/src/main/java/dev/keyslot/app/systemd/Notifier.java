package dev.keyslot.app.systemd;

import dev.keyslot.base.Clock;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tells the service manager how far the service is ({@code Type=notify-reload} of systemd, see
 * sd_notify(3)); does nothing where nobody wants to know.
 */
public final class Notifier {

  private static final System.Logger LOG = System.getLogger(Notifier.class.getName());

  /** A path, or a name of the abstract kind behind {@code @}; null where nobody listens. */
  private final String socket;

  private final Clock clock;

  /** Notifies the socket that {@code environment} names. */
  public Notifier(Map<String, String> environment, Clock clock) {
    String named = environment.get("NOTIFY_SOCKET");
    boolean usable =
        named != null
            && (named.startsWith("/") || named.startsWith("@"))
            && named.length() < SocketCalls.ADDRESS_BYTES - Short.BYTES;
    socket = usable ? named : null;
    this.clock = clock;
  }

  /** Clients are served. */
  public void ready(String status) {
    send("READY=1\nSTATUS=" + status);
  }

  /** The configuration is read anew; {@link #ready} follows in any case. */
  public void reloading() {
    // the JDK's nanosecond time is CLOCK_MONOTONIC on Linux, which systemd compares with
    long micros = TimeUnit.NANOSECONDS.toMicros(clock.nanoTime());
    send("RELOADING=1\nMONOTONIC_USEC=" + micros);
  }

  /** No more clients are taken. */
  public void stopping() {
    send("STOPPING=1");
  }

  private void send(String text) {
    if (socket == null) {
      return;
    }
    int result = SocketCalls.sendDatagram(socket, text);
    if (result < 0) {
      LOG.log(
          Level.WARNING,
          "service manager cannot be told: errno=%d socket=%s".formatted(-result, socket));
    }
  }
}
