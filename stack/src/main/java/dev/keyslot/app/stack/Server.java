package dev.keyslot.app.stack;

import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.channels.ServerSocketChannel;
import java.util.List;

/**
 * What a session asks of the assembled stack: serve these listeners, then stop in good order.
 *
 * <p>Published here, implemented by the assembly. Safe from any thread.
 */
public interface Server extends AutoCloseable {

  /** Puts a stack together over an opened image. */
  @FunctionalInterface
  interface Opener {

    /**
     * A server ready to answer. The image stays the caller's, who closes it after the server.
     *
     * @throws StackException if it cannot be put together; nothing is left behind then
     */
    Server open(StackConfig config, ImageFile image) throws StackException;

    /** Ends the service of all images at once; each is closed afterwards. */
    default void shutdown() {}

    /** Lets go of what the images shared; all of them are closed. */
    default void release() {}
  }

  /** Which engine encrypts, such as {@code libcrypto}. */
  String engineName();

  /** Which host serves and who encrypts there, for the operator to read. */
  String hostLine();

  /** Names that clients may ask for, in the order of the volumes. */
  List<String> exportNames();

  /**
   * Serves the volumes of {@code image} from now on, under the names and to the clients that {@code
   * config} says; those that are served already stay as they are, with their clients.
   *
   * @param image the same image, opened once more, perhaps with other volumes chosen; the caller's
   * @throws StackException if one cannot be served; the others are
   */
  void serve(StackConfig config, ImageFile image) throws StackException;

  /** What it counts. */
  Meters meters();

  /** What holds for clients that connect from now on; before the first call TLS is off. */
  void tls(TlsPolicy policy);

  /**
   * The accept loop of a listener, for a thread of its own; ends when the listener is closed.
   *
   * @param listener bound, in blocking mode; the caller's to close
   */
  Runnable acceptor(ServerSocketChannel listener);

  /**
   * Reads no more requests, answers those it has read, flushes the medium, and lets go of it.
   *
   * @throws StackException if not everything acknowledged is known to be on the medium
   */
  @Override
  void close() throws StackException;
}
