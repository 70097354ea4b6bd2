package dev.keyslot.host.nbd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import jdk.net.ExtendedSocketOptions;

/** A plain TCP or Unix socket, in blocking mode. */
final class SocketTransport implements Transport {

  private final SocketChannel channel;
  private final String peer;

  /** Takes over {@code channel}, which must be connected. */
  SocketTransport(SocketChannel channel) throws IOException {
    this.channel = channel;
    SocketAddress remote = channel.getRemoteAddress();
    if (remote instanceof InetSocketAddress tcp) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      peer = tcp.getAddress().getHostAddress() + ":" + tcp.getPort();
    } else {
      peer = "unix:" + channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    return channel.read(into);
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
      channel.write(from, first, count - first);
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
  public void close() {
    try {
      channel.close();
    } catch (IOException ignored) {
      // nothing to save: the bytes that mattered were written before
    }
  }
}
