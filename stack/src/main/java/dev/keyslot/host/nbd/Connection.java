package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.util.Collection;

/**
 * One client from its first byte to its last: handshake, transmission, and the two log lines.
 *
 * <p>{@link #run} is the body of its first reader's thread.
 */
final class Connection implements Runnable {

  private final NbdServer server;
  private final Workplace workplace;
  private final Deadline handshakeTime;
  private final Deadline receiveStall;
  private final Deadline sendStall;
  private final Deadline idle;

  /** Another one once TLS is agreed on; closing the first closes both. */
  private volatile Transport transport;

  /** What took too long; null if nothing. */
  private volatile String overdue;

  private Handshake handshake;

  /** What the handshake agreed on; null before. */
  private volatile Session session;

  private Transmission transmission;
  private Readers readers;

  Connection(NbdServer server, Transport transport, Workplace workplace) {
    this.server = server;
    this.transport = transport;
    this.workplace = workplace;
    handshakeTime = new Deadline(server.clock(), server.limits().handshakeNanos());
    receiveStall = new Deadline(server.clock(), server.limits().stallNanos());
    sendStall = new Deadline(server.clock(), server.limits().stallNanos());
    idle = new Deadline(server.clock(), server.limits().idleNanos());
    workplace.inbox().open(transport);
  }

  @Override
  public void run() {
    String refused = "handshake failed";
    handshake =
        new Handshake(
            server.exports(), workplace.inbox(), transport, server.tls(), server::shuttingDown);
    try {
      handshakeTime.start();
      session = handshake.negotiate();
      refused = handshake.ended();
      // Whoever retires an export marks it first and looks for its clients then.
      if (session != null && server.exports().isRetired(session.export())) {
        session = null;
        refused = "export was taken out of service";
      }
    } catch (IOException e) {
      refused = "connection lost in handshake: " + e.getMessage();
    } catch (RuntimeException | Error e) {
      server.log().mistake("handshake", transport.peer(), e);
    } finally {
      transport = handshake.transport();
      handshakeTime.stop();
    }
    if (session == null) {
      server.log().refused(transport.peer(), overdue == null ? refused : overdue);
      end();
      return;
    }
    server.log().opened(transport, session);
    serve();
  }

  private void serve() {
    Outlet outlet = new Outlet(transport, sendStall);
    transmission =
        new Transmission(
            session,
            workplace.inbox(),
            outlet,
            new Transmission.Times(receiveStall, idle),
            server.ledger(),
            server::shuttingDown);
    readers =
        new Readers(transmission, transport, workplace, server.threads(), this::transmissionEnded);
    readers.serve();
  }

  private void transmissionEnded() {
    server.log().closed(transport.peer(), session, reason());
    end();
  }

  private String reason() {
    if (overdue != null) {
      return overdue;
    }
    return switch (readers.failure()) {
      case null -> transmission.ended();
      case IOException e -> "connection lost: " + e.getMessage();
      case InterruptedException _ -> "interrupted";
      case Throwable e -> {
        server.log().mistake("transmission", transport.peer(), e);
        yield "internal error";
      }
    };
  }

  private void end() {
    sendStall.start(); // a client that takes nothing must not keep us here
    try {
      transport.end();
    } finally {
      sendStall.stop();
    }
    if (handshake != null && handshake.entered() != null) {
      server.exports().leave(handshake.entered());
    }
    server.ended(this);
  }

  Workplace workplace() {
    return workplace;
  }

  /** Closes the transport if something takes too long. Safe from any thread. */
  boolean closeIfOverdue() {
    String what = null;
    if (handshakeTime.passed()) {
      what = "handshake took too long";
    } else if (receiveStall.passed()) {
      what = "payload did not come in time";
    } else if (sendStall.passed()) {
      what = "replies were not taken in time";
    } else if (idle.passed() && readers.working() == 0) {
      what = "no request came for too long";
    }
    if (what == null) {
      return false;
    }
    overdue = what;
    transport.close();
    return true;
  }

  /** Whether it serves one of these exports. Safe from any thread. */
  boolean uses(Collection<String> exportNames) {
    Session known = session;
    return known != null && exportNames.contains(known.export().name());
  }

  /** Reads no more; what is in hand is finished. Safe from any thread. */
  void endInput() {
    transport.endInput();
  }

  /** Drops the client. Safe from any thread. */
  void drop() {
    overdue = "server shut down";
    transport.close();
  }
}
