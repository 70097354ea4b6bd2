package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;

/** A TCP port; clients that come before requests are answered wait in its backlog. */
final class TcpListener implements Listener {

  private final ServerSocketChannel channel;
  private final InetSocketAddress address;

  private TcpListener(ServerSocketChannel channel, InetSocketAddress address) {
    this.channel = channel;
    this.address = address;
  }

  static TcpListener bind(InetSocketAddress wanted) throws StackException {
    ServerSocketChannel channel = null;
    try {
      channel = ServerSocketChannel.open();
      channel.bind(wanted, Listener.BACKLOG);
      return new TcpListener(channel, (InetSocketAddress) channel.getLocalAddress());
    } catch (IOException e) {
      Sockets.closeQuietly(channel);
      String place = wanted.getHostString() + ":" + wanted.getPort();
      throw new StackException(
          e instanceof BindException
              ? StackException.Category.RETRY
              : StackException.Category.GIVE_UP,
          "address to listen on must be free: address=%s: %s".formatted(place, e.getMessage()),
          e);
    }
  }

  @Override
  public void publish() {}

  @Override
  public ServerSocketChannel channel() {
    return channel;
  }

  @Override
  public String uri(String exportName, boolean tls) {
    return NbdUri.tcp(address, exportName, tls);
  }

  @Override
  public String place() {
    return address.getHostString() + ":" + address.getPort();
  }

  @Override
  public void close() {
    Sockets.closeQuietly(channel);
  }
}
