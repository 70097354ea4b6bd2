package dev.keyslot.app.systemd;

import dev.keyslot.base.posix.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/**
 * The socket calls that the JDK does not offer, as the kernel answers them: a result, or a negative
 * errno.
 *
 * <p>Numbers are those of Linux on x86-64 and aarch64, where these are equal.
 */
final class SocketCalls {

  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;

  static final int SO_TYPE = 3;
  static final int SO_ACCEPTCONN = 30;
  static final int SOCK_STREAM = 1;

  /** The largest address there is: that of a Unix socket. */
  static final int ADDRESS_BYTES = 110;

  private static final int SOL_SOCKET = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int CLOEXEC = 0x80000;
  private static final int MSG_NOSIGNAL = 0x4000;

  private static final MethodHandle SOCKET = libc("socket");
  private static final MethodHandle CONNECT = libc("connect");
  private static final MethodHandle SEND = libc("send");
  private static final MethodHandle CLOSE = libc("close");
  private static final MethodHandle GETSOCKNAME = libc("getsockname");
  private static final MethodHandle GETSOCKOPT = libc("getsockopt");
  private static final MethodHandle DUP3 = libc("dup3");

  private SocketCalls() {}

  private static MethodHandle libc(String name) {
    return NativeCalls.bind(
        Linker.nativeLinker()
            .defaultLookup()
            .find(name)
            .orElseThrow(
                () -> new IllegalStateException("C library must offer a function: " + name)));
  }

  /**
   * Sends one datagram to a Unix socket.
   *
   * @param address a path, or a name of the abstract kind behind {@code @}
   */
  static int sendDatagram(String address, String text) {
    int fd = NativeCalls.callInt(SOCKET, AF_UNIX, SOCK_DGRAM + CLOEXEC, 0, 0, 0);
    if (fd < 0) {
      return fd;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(ADDRESS_BYTES);
      byte[] name = address.getBytes(StandardCharsets.UTF_8);
      to.set(ValueLayout.JAVA_SHORT_UNALIGNED, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, to, ValueLayout.JAVA_BYTE, Short.BYTES, name.length);
      boolean isAbstract = address.startsWith("@");
      if (isAbstract) {
        to.set(ValueLayout.JAVA_BYTE, Short.BYTES, (byte) 0);
      }
      int length = Short.BYTES + name.length + (isAbstract ? 0 : 1);
      int connected = NativeCalls.callInt(CONNECT, fd, to.address(), length, 0, 0);
      if (connected < 0) {
        return connected;
      }
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      return NativeCalls.callInt(SEND, fd, data.address(), bytes.length, MSG_NOSIGNAL, 0);
    } finally {
      close(fd);
    }
  }

  static int close(int fd) {
    return NativeCalls.callInt(CLOSE, fd, 0, 0, 0, 0);
  }

  /** Makes {@code to} another number for what {@code from} is. */
  static int replace(int from, int to) {
    return NativeCalls.callInt(DUP3, from, to, CLOEXEC, 0, 0);
  }

  /** An option of the socket itself that is an int; negative if {@code fd} is no socket. */
  static int option(int fd, int option) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Integer.BYTES);
      int result =
          NativeCalls.callInt(
              GETSOCKOPT, fd, SOL_SOCKET, option, value.address(), length.address());
      return result < 0 ? result : value.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /** The address a socket is bound to, as the kernel writes it; empty if it is no socket. */
  static byte[] name(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(ADDRESS_BYTES);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, ADDRESS_BYTES);
      if (NativeCalls.callInt(GETSOCKNAME, fd, address.address(), length.address(), 0, 0) < 0) {
        return new byte[0];
      }
      int bytes = Math.min(length.get(ValueLayout.JAVA_INT, 0), ADDRESS_BYTES);
      return address.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
