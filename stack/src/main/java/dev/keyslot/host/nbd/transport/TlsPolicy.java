package dev.keyslot.host.nbd.transport;

import java.io.IOException;

/** Whether clients may or must encrypt, and how that is done. Safe from any thread. */
public interface TlsPolicy {

  /** The protocol's NOTLS, SELECTIVETLS and FORCEDTLS. */
  enum Mode {
    /** STARTTLS is refused. */
    OFF,
    /** Clients choose; a man in the middle may choose for them. */
    OFFERED,
    /** Nothing is served before STARTTLS. */
    REQUIRED
  }

  /** What holds for a connection that begins now. */
  Mode mode();

  /**
   * Agrees on TLS over {@code plain}, on this thread. What it returns takes {@code plain} over.
   *
   * @throws IOException if that fails, with the reason for a log; {@code plain} is still to be
   *     closed, and nothing else is left
   */
  Transport upgrade(Transport plain) throws IOException;

  /** TLS is not available. */
  static TlsPolicy off() {
    return new TlsPolicy() {
      @Override
      public Mode mode() {
        return Mode.OFF;
      }

      @Override
      public Transport upgrade(Transport plain) throws IOException {
        throw new IOException("TLS is off on this server");
      }
    };
  }
}
