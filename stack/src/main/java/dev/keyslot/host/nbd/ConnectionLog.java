package dev.keyslot.host.nbd;

import dev.keyslot.base.metrics.Counter;
import dev.keyslot.base.metrics.Metrics;
import dev.keyslot.host.nbd.transport.Client;
import dev.keyslot.host.nbd.transport.Transport;
import java.lang.System.Logger.Level;

/** The log lines of the server: one each time a connection opens, closes or is refused, counted. */
final class ConnectionLog {

  private final System.Logger log;
  private final Metrics metrics;

  ConnectionLog(System.Logger log, Metrics metrics) {
    this.log = log;
    this.metrics = metrics;
  }

  void opened(Transport transport, Session session) {
    Client client = transport.client();
    metrics.count(Counter.NBD_CONNECTIONS_OPENED);
    log.log(
        Level.INFO,
        () ->
            "connection opened: peer=%s export=\"%s\" replies=%s contexts=%s%s"
                .formatted(
                    transport.peer(),
                    session.export().name(),
                    session.style(),
                    session.contexts(),
                    client.encrypted() ? " tls=" + client.proof() : ""));
  }

  void closed(String peer, Session session, String reason) {
    metrics.count(Counter.NBD_CONNECTIONS_CLOSED);
    log.log(
        Level.INFO,
        () ->
            "connection closed: peer=%s export=\"%s\" reason=\"%s\""
                .formatted(peer, session.export().name(), reason));
  }

  void refused(String peer, String reason) {
    metrics.count(Counter.NBD_CONNECTIONS_REFUSED);
    log.log(Level.INFO, () -> "connection refused: peer=%s reason=\"%s\"".formatted(peer, reason));
  }

  /** Our own mistake: with its stack trace. */
  void mistake(String where, String peer, Throwable mistake) {
    log.log(Level.ERROR, "internal error in " + where + ": peer=" + peer, mistake);
  }

  void listenerFailed(Throwable cause) {
    log.log(Level.ERROR, "listener failed: " + cause);
  }
}
