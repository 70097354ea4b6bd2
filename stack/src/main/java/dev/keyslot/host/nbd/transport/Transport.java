package dev.keyslot.host.nbd.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A byte stream to one client, such as a socket.
 *
 * <p>At most one thread reads and one writes at a time; {@link #endInput} and {@link #close} may
 * come from any thread and wake both.
 */
public interface Transport extends AutoCloseable {

  /**
   * Waits until at least one byte has come, then takes what fits.
   *
   * @param into a direct buffer with room for at least one byte
   * @return the number of bytes, or -1 when nothing more will come
   */
  int read(ByteBuffer into) throws IOException;

  /**
   * As {@link #read(ByteBuffer)} into {@code first}; where the stream can, what has come behind it
   * goes into {@code behind} in the same call.
   *
   * @param behind a direct buffer
   * @return the number of bytes in both, or -1 when nothing more will come
   */
  default int read(ByteBuffer first, ByteBuffer behind) throws IOException {
    return read(first);
  }

  /** Sends all remaining bytes of the first {@code count} buffers, in order; waits as needed. */
  void write(ByteBuffer[] from, int count) throws IOException;

  /**
   * Says whether from now on one thread does all the reading and writing: it may look whether
   * something has come a few times before it waits. Called by the only thread there is; until then
   * nobody is alone.
   */
  default void alone(boolean whether) throws IOException {}

  /** Nothing more is wanted: the present and every later {@link #read} returns -1. */
  void endInput();

  /** Who is at the other end, for logs; no spaces. */
  String peer();

  /** Who it is, as far as that is proven. */
  default Client client() {
    return Client.UNKNOWN;
  }

  /**
   * Takes leave and closes; the last call, when no other thread is in here any more. May wait as
   * {@link #write} does.
   */
  default void end() {
    close();
  }

  /** Ends both directions; threads that wait in here fail with an {@link IOException}. */
  @Override
  void close();
}
