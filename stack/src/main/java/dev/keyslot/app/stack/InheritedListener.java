package dev.keyslot.app.stack;

import dev.keyslot.app.systemd.ActivationSocket;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;

/** A socket that somebody opened for us, who also takes it away; clients may wait in it already. */
record InheritedListener(ActivationSocket socket) implements Listener {

  @Override
  public void publish() {}

  @Override
  public ServerSocketChannel channel() {
    return socket.channel();
  }

  @Override
  public String uri(String exportName, boolean tls) {
    return switch (socket.address()) {
      case InetSocketAddress tcp -> NbdUri.tcp(tcp, exportName, tls);
      case UnixDomainSocketAddress unix -> NbdUri.unix(unix.getPath(), exportName, tls);
      default -> throw new IllegalStateException("neither IP nor Unix: " + socket.address());
    };
  }

  @Override
  public String place() {
    return socket.address().toString();
  }

  @Override
  public void close() {
    Sockets.closeQuietly(socket.channel());
  }
}
