package dev.keyslot.app.systemd;

import dev.keyslot.app.image.StackException;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A listening socket that was opened before we were started (sd_listen_fds(3)).
 *
 * <p>The JDK adopts no descriptor but 0. So a channel of the same family is bound to a place of its
 * own, its descriptor found by that address, and replaced by the one we were given. Closing the
 * channel closes our descriptor and leaves the socket itself to whoever opened it.
 *
 * @param channel accepts clients
 * @param address where they connect
 */
public record ActivationSocket(ServerSocketChannel channel, SocketAddress address) {

  /** The first descriptor that is handed over. */
  private static final int FIRST_FD = 3;

  /** More sockets than anybody hands over. */
  private static final int SOCKETS_MAX = 64;

  /**
   * The sockets that {@code environment} tells of; none if they are for another process.
   *
   * @throws StackException if one is not a listening stream socket
   */
  public static List<ActivationSocket> take(Map<String, String> environment, long processId)
      throws StackException {
    if (!Long.toString(processId).equals(environment.get("LISTEN_PID"))) {
      return List.of();
    }
    String count = environment.getOrDefault("LISTEN_FDS", "0");
    if (!count.matches("[0-9]{1,2}") || Integer.parseInt(count) > SOCKETS_MAX) {
      throw StackException.fix(
          "LISTEN_FDS must be a number up to %d: LISTEN_FDS=%s", SOCKETS_MAX, count);
    }
    List<ActivationSocket> sockets = new ArrayList<>();
    for (int fd = FIRST_FD; fd < FIRST_FD + Integer.parseInt(count); fd++) {
      sockets.add(adopt(fd));
    }
    return sockets;
  }

  private static ActivationSocket adopt(int fd) throws StackException {
    byte[] name = SocketCalls.name(fd);
    if (name.length < Short.BYTES
        || SocketCalls.option(fd, SocketCalls.SO_TYPE) != SocketCalls.SOCK_STREAM
        || SocketCalls.option(fd, SocketCalls.SO_ACCEPTCONN) != 1) {
      throw StackException.fix(
          "socket handed over must be a listening stream socket (ListenStream=): fd=%d", fd);
    }
    try {
      SocketAddress address = address(name);
      ServerSocketChannel channel = placeholder(address);
      int own = descriptor(channel);
      int result = SocketCalls.replace(fd, own);
      if (result < 0) {
        throw new IOException("dup3: errno=" + -result);
      }
      SocketCalls.close(fd);
      return new ActivationSocket(channel, address);
    } catch (IOException e) {
      throw new StackException(
          StackException.Category.GIVE_UP,
          "socket handed over must be usable: fd=%d: %s".formatted(fd, e.getMessage()),
          e);
    }
  }

  /** A channel of the same kind, bound to where nobody connects. */
  private static ServerSocketChannel placeholder(SocketAddress like) throws IOException {
    if (like instanceof InetSocketAddress) {
      ServerSocketChannel channel = ServerSocketChannel.open();
      return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(null);
  }

  /** The descriptor of {@code channel}, which alone is bound to its address. */
  private static int descriptor(ServerSocketChannel channel) throws IOException {
    SocketAddress wanted = channel.getLocalAddress();
    try {
      for (String name : open()) {
        int fd = Integer.parseInt(name);
        byte[] bound = SocketCalls.name(fd);
        if (bound.length > Short.BYTES
            && SocketCalls.option(fd, SocketCalls.SO_ACCEPTCONN) == 1
            && samePlace(wanted, address(bound))) {
          return fd;
        }
      }
    } finally {
      if (wanted instanceof UnixDomainSocketAddress unix) {
        Files.deleteIfExists(unix.getPath());
      }
    }
    throw new IOException("descriptor of a channel must be found: address=" + wanted);
  }

  private static String[] open() throws IOException {
    String[] names = new File("/proc/self/fd").list();
    if (names == null) {
      throw new IOException("/proc must be mounted");
    }
    return names;
  }

  /** The JDK's IPv4 address may be an IPv6 one to the kernel; ports of one host are enough. */
  private static boolean samePlace(SocketAddress wanted, SocketAddress bound) {
    if (wanted instanceof InetSocketAddress ours && bound instanceof InetSocketAddress theirs) {
      return ours.getPort() == theirs.getPort() && theirs.getAddress().isLoopbackAddress();
    }
    return wanted.equals(bound);
  }

  /** An address as the kernel writes it: the family in the machine's order, the port big-endian. */
  private static SocketAddress address(byte[] name) throws IOException {
    int family = Byte.toUnsignedInt(name[0]) + 256 * Byte.toUnsignedInt(name[1]);
    return switch (family) {
      case SocketCalls.AF_INET -> inet(name, Arrays.copyOfRange(name, 4, 8));
      case SocketCalls.AF_INET6 -> inet(name, Arrays.copyOfRange(name, 8, 24));
      case SocketCalls.AF_UNIX -> {
        String path = new String(name, 2, name.length - 2, StandardCharsets.UTF_8);
        int end = path.indexOf('\0');
        yield UnixDomainSocketAddress.of(end < 0 ? path : path.substring(0, end));
      }
      default -> throw new IOException("family must be Unix or IP: family=" + family);
    };
  }

  private static InetSocketAddress inet(byte[] name, byte[] host) throws IOException {
    int port = Short.toUnsignedInt(ByteBuffer.wrap(name).getShort(2));
    return new InetSocketAddress(InetAddress.getByAddress(host), port);
  }
}
