package dev.keyslot.host.nbd.transport;

import dev.keyslot.base.Clock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import jdk.net.ExtendedSocketOptions;

/**
 * A plain TCP or Unix socket.
 *
 * <p>It is in blocking mode, but for a thread that is alone in here and looks whether something has
 * come before it waits.
 */
public final class SocketTransport implements Transport {

  /**
   * What the kernel may hold of our replies: a turn's data, so that its reader goes on to the next
   * one instead of waiting for the client. The kernel cuts it to {@code net.core.wmem_max}.
   */
  private static final int SEND_BUFFER_BYTES = 1 << 20;

  /** A TCP peer that was silent for so long is asked whether it is still there. */
  private static final int KEEPALIVE_IDLE_SECONDS = 60;

  /** From one such question to the next. */
  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;

  /** Questions without answer after which it is gone: a peer that lost power costs two minutes. */
  private static final int KEEPALIVE_PROBES = 6;

  private final SocketChannel channel;

  /** For a read into two buffers. Belongs to the thread that reads. */
  private final ByteBuffer[] two = new ByteBuffer[2];

  private final Vigil vigil;

  /** See {@link #alone}. */
  private boolean alone;

  private final String peer;
  private final Client client;

  /** Takes over {@code channel}, which must be connected and in blocking mode. */
  public SocketTransport(SocketChannel channel, Clock clock) throws IOException {
    this.channel = channel;
    vigil = new Vigil(clock, Runtime.getRuntime().availableProcessors());
    SocketAddress remote = channel.getRemoteAddress();
    if (remote instanceof InetSocketAddress tcp) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, KEEPALIVE_INTERVAL_SECONDS);
      channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, KEEPALIVE_PROBES);
      peer = tcp.getAddress().getHostAddress() + ":" + tcp.getPort();
      client = Client.UNKNOWN;
    } else {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
      UserPrincipal user = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user();
      peer = "unix:" + user.getName();
      client = Client.unix(user);
    }
  }

  @Override
  public void alone(boolean whether) throws IOException {
    alone = whether;
    if (!whether) {
      channel.configureBlocking(true);
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    if (alone && vigil.begins()) {
      channel.configureBlocking(false);
      do {
        int count = channel.read(into);
        if (count != 0) {
          vigil.found();
          return count;
        }
      } while (vigil.goesOn());
    }
    channel.configureBlocking(true);
    return channel.read(into);
  }

  @Override
  public int read(ByteBuffer first, ByteBuffer behind) throws IOException {
    two[0] = first;
    two[1] = behind;
    long count = channel.read(two);
    if (count == 0) { // it was in non-blocking mode
      channel.configureBlocking(true);
      count = channel.read(two);
    }
    return (int) count;
  }

  @Override
  public void write(ByteBuffer[] from, int count) throws IOException {
    int first = 0;
    while (true) {
      while (first < count && !from[first].hasRemaining()) {
        first++;
      }
      if (first == count) {
        return;
      }
      if (channel.write(from, first, count - first) == 0) {
        channel.configureBlocking(true); // it was not, and the client takes its time
      }
    }
  }

  @Override
  public void endInput() {
    try {
      channel.shutdownInput();
    } catch (IOException gone) {
      // the peer was faster: reads end all the same
      close();
    }
  }

  @Override
  public String peer() {
    return peer;
  }

  @Override
  public Client client() {
    return client;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // nothing to save: the bytes that mattered were written before
    }
  }
}
