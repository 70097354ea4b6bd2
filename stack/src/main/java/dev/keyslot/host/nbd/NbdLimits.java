package dev.keyslot.host.nbd;

import dev.keyslot.base.Checks;

/**
 * What one server grants to its clients. Immutable.
 *
 * @param connectionsMax connections at once, all exports together; one more is closed at once
 * @param exportConnectionsMax connections in transmission with one export; one more is refused
 * @param handshakeNanos a client must be in transmission this long after it connected
 * @param idleNanos a connection without a request for so long is dropped; {@link #NEVER}
 * @param stallNanos up to 1 MiB of payload or replies must move within this time, else the
 *     connection is dropped: its buffers are wanted by others
 * @param payload how much payload may be in hand
 */
public record NbdLimits(
    int connectionsMax,
    int exportConnectionsMax,
    long handshakeNanos,
    long idleNanos,
    long stallNanos,
    Payload payload) {

  /**
   * Payload buffers of 1 MiB; who gets none does not read its socket.
   *
   * @param connectionChunks that one connection may hold
   * @param chunks that all connections may hold, and that the server has
   */
  public record Payload(int connectionChunks, int chunks) {

    /** The largest request must fit, also one that starts inside a page. */
    public static final int CHUNKS_MIN = Chunks.PER_TURN_MAX;

    /** A GiB: in one piece it is still found in most address spaces. */
    public static final int CHUNKS_MAX = 1024;

    /** Compact constructor: the largest request must fit. */
    public Payload {
      Checks.argument(
          connectionChunks >= CHUNKS_MIN && chunks >= connectionChunks && chunks <= CHUNKS_MAX,
          "payload must have at least %d chunks for one connection, at most %d for all:"
              + " connectionChunks=%d chunks=%d",
          CHUNKS_MIN,
          CHUNKS_MAX,
          connectionChunks,
          chunks);
    }

    /**
     * For one connection the largest request and one more MiB for small ones beside it; for all 64
     * turns at once, or two of the largest requests.
     */
    public static Payload standard() {
      return new Payload(CHUNKS_MIN + 1, 66);
    }
  }

  /** No limit: a mounted file system may be silent for days. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Options in one handshake; a client needs about ten. */
  static final int OPTIONS_MAX = 128;

  /** Option data that is looked at: room for a GO with a name and all queries of a client. */
  static final int OPTION_DATA_BYTES_MAX = 32 << 10;

  /** Option data up to this size is skipped and refused; a client that sends more is dropped. */
  static final int OPTION_DRAIN_BYTES_MAX = 1 << 20;

  /** Strings of the protocol, by its own rule. */
  static final int STRING_BYTES_MAX = 4096;

  /** Payload of one request, offered as maximum block size; what clients take for granted. */
  static final int PAYLOAD_BYTES_MAX = 32 << 20;

  /** Payload up to this size is skipped and refused; a client that sends more is dropped. */
  static final long PAYLOAD_DRAIN_BYTES_MAX = 4L * PAYLOAD_BYTES_MAX;

  /**
   * Payload buffers that requests larger than 1 MiB leave to smaller ones, where there are enough:
   * clients that send or take large payloads slowly must not stop the others.
   */
  static final int SMALL_REQUEST_CHUNKS = 16;

  /** Compact constructor: all must be positive. */
  public NbdLimits {
    Checks.argument(
        connectionsMax >= 1, "at least one connection: connectionsMax=%d", connectionsMax);
    Checks.argument(
        handshakeNanos >= 1, "handshake time must be positive: handshakeNanos=%d", handshakeNanos);
    Checks.argument(
        exportConnectionsMax >= 1,
        "at least one connection to an export: exportConnectionsMax=%d",
        exportConnectionsMax);
    Checks.argument(idleNanos >= 1, "idle time must be positive: idleNanos=%d", idleNanos);
    Checks.argument(stallNanos >= 1, "stall time must be positive: stallNanos=%d", stallNanos);
  }

  /** Any export may have all the connections, and idle clients may stay for ever. */
  public NbdLimits(int connectionsMax, long handshakeNanos, long stallNanos) {
    this(connectionsMax, connectionsMax, handshakeNanos, NEVER, stallNanos);
  }

  /** The usual payload. */
  public NbdLimits(
      int connectionsMax,
      int exportConnectionsMax,
      long handshakeNanos,
      long idleNanos,
      long stallNanos) {
    this(
        connectionsMax,
        exportConnectionsMax,
        handshakeNanos,
        idleNanos,
        stallNanos,
        Payload.standard());
  }

  /** 1,000 connections, 10 s for the handshake, 30 s for a MiB, the usual payload. */
  public static NbdLimits standard() {
    return new NbdLimits(1000, 10_000_000_000L, 30_000_000_000L);
  }
}
