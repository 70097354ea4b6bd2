package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import java.nio.channels.ServerSocketChannel;

/**
 * A place where clients connect: bound first, shown to clients once requests are answered.
 *
 * <p>{@link #close} may come while another thread accepts on {@link #channel}, and ends that.
 */
interface Listener extends AutoCloseable {

  /**
   * Connections that may wait to be accepted. A Unix socket refuses the next one at once, and
   * clients open many together; Java's default of 50 is fewer than one fio run of 64 jobs.
   */
  int BACKLOG = 1024;

  /** Lets clients find it. */
  void publish() throws StackException;

  /** Where clients are accepted; this object's to close. */
  ServerSocketChannel channel();

  /**
   * The URI of an export, as nbdinfo and qemu understand it.
   *
   * @param tls whether the client is to encrypt
   */
  String uri(String exportName, boolean tls);

  /** Where it listens, for logs and thread names. */
  String place();

  /** Takes no more clients and removes what was published. Twice does no harm. */
  @Override
  void close();
}
