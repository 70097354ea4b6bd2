package dev.keyslot.app.config;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.NbdLimits;
import java.util.concurrent.TimeUnit;

/**
 * Limits in an operator's words, the same in a configuration file and on the command line.
 *
 * <p>What is not said stays as {@link NbdLimits#standard} has it. Each setter refuses, by its word,
 * what cannot be meant. One thread.
 */
public final class LimitSettings {

  /** More threads than any machine starts. */
  private static final int CONNECTIONS_MAX = 1_000_000;

  /** Thirty years, so that nanoseconds fit 64 bits many times over. */
  private static final int SECONDS_MAX = 999_999_999;

  private final NbdLimits standard = NbdLimits.standard();
  private int connections = standard.connectionsMax();
  private int exportConnections;
  private long handshakeNanos = standard.handshakeNanos();
  private long idleNanos = standard.idleNanos();
  private long stallNanos = standard.stallNanos();
  private int connectionChunks = standard.payload().connectionChunks();
  private int chunks = standard.payload().chunks();

  /** Nothing is said yet. */
  public LimitSettings() {}

  /** Connections at once, all exports together. */
  public void connections(String text) {
    connections = whole("connections", text, CONNECTIONS_MAX);
  }

  /** Connections to one export; as many as to all unless it is said. */
  public void exportConnections(String text) {
    exportConnections = whole("export-connections", text, CONNECTIONS_MAX);
  }

  /** From a connection's first byte to its transmission. */
  public void handshakeSeconds(String text) {
    handshakeNanos = seconds("handshake-seconds", text);
  }

  /** Without a request. */
  public void idleSeconds(String text) {
    idleNanos = seconds("idle-seconds", text);
  }

  /** For each MiB of payload or replies. */
  public void stallSeconds(String text) {
    stallNanos = seconds("stall-seconds", text);
  }

  /** Payload that one connection may have in hand. */
  public void connectionPayload(String text) {
    connectionChunks = chunks("connection-payload", text);
  }

  /** Payload that all connections together may have in hand. */
  public void payload(String text) {
    chunks = chunks("payload", text);
  }

  /**
   * All of them.
   *
   * @throws IllegalArgumentException if two contradict each other
   */
  public NbdLimits limits() {
    Checks.argument(
        connectionChunks <= chunks,
        "payload of all connections must be at least that of one: payload=%s connection-payload=%s",
        size(chunks),
        size(connectionChunks));
    return new NbdLimits(
        connections,
        exportConnections == 0 ? connections : exportConnections,
        handshakeNanos,
        idleNanos,
        stallNanos,
        new NbdLimits.Payload(connectionChunks, chunks));
  }

  private static long seconds(String word, String text) {
    return TimeUnit.SECONDS.toNanos(whole(word, text, SECONDS_MAX));
  }

  private static int whole(String word, String text, int most) {
    long number = text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    Checks.argument(
        number >= 1 && number <= most,
        "%s must be a whole number from 1 to %d: %s=%s",
        word,
        most,
        word,
        text);
    return (int) number;
  }

  private static int chunks(String word, String text) {
    long bytes = ByteSize.parse(text, word);
    long least = (long) NbdLimits.Payload.CHUNKS_MIN * BufferPool.CHUNK_BYTES;
    long most = (long) NbdLimits.Payload.CHUNKS_MAX * BufferPool.CHUNK_BYTES;
    Checks.argument(
        bytes >= least && bytes <= most && bytes % BufferPool.CHUNK_BYTES == 0,
        "%s must be whole MiB from %s to %s: %s=%s",
        word,
        ByteSize.exact(least),
        ByteSize.exact(most),
        word,
        text);
    return (int) (bytes / BufferPool.CHUNK_BYTES);
  }

  private static String size(int chunks) {
    return ByteSize.exact((long) chunks * BufferPool.CHUNK_BYTES);
  }
}
