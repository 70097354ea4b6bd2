package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/**
 * A place where clients connect: bound first, shown to clients once requests are answered.
 *
 * <p>{@link #accept} runs on one thread; {@link #close} may come from another and ends it.
 */
interface Listener extends AutoCloseable {

  /** Lets clients find it. */
  void publish() throws StackException;

  /** Waits for a client. */
  SocketChannel accept() throws IOException;

  /** The URI of an export, as nbdinfo and qemu understand it. */
  String uri(String exportName);

  /** Where it listens, for logs and thread names. */
  String place();

  /** Takes no more clients and removes what was published. Twice does no harm. */
  @Override
  void close();
}
