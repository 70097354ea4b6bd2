package dev.keyslot.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A client that knows nothing of NBD: it sends bytes written as hexadecimal digits and compares
 * what comes back, digit by digit.
 *
 * <p>Spaces and line breaks between digits are for people. One thread.
 */
public final class NbdTestClient implements AutoCloseable {

  private final SocketChannel channel;

  /** Connects to a Unix socket. */
  public NbdTestClient(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Sends these bytes. */
  public NbdTestClient send(String hex) throws IOException {
    return send(bytes(hex));
  }

  /** Sends these bytes. */
  public NbdTestClient send(byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  /** The next bytes are these. */
  public NbdTestClient expect(String hex) throws IOException {
    String expected = HexFormat.of().formatHex(bytes(hex));
    String received = HexFormat.of().formatHex(receive(expected.length() / 2));
    assertThat(received).isEqualTo(expected);
    return this;
  }

  /** The next bytes. */
  public byte[] receive(int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        String got = HexFormat.of().formatHex(buffer.array(), 0, buffer.position());
        throw new EOFException(
            "server ended inside an answer: count=%d got=%s".formatted(count, got));
      }
    }
    return buffer.array();
  }

  /** Takes what comes until the server ends. */
  public void receiveAll() throws IOException {
    ByteBuffer some = ByteBuffer.allocateDirect(1 << 16);
    while (channel.read(some.clear()) >= 0) {
      // dropped
    }
  }

  /** The server ends the connection without another byte. */
  public void expectEnd() throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    int got;
    try {
      got = channel.read(one);
    } catch (IOException reset) {
      got = -1; // it closed with bytes of ours unread
    }
    assertThat(got).as("bytes after the end: 0x%02x", one.get(0)).isEqualTo(-1);
  }

  /** No more bytes from us. */
  public NbdTestClient endOutput() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** To the bytes that {@code hex} writes. */
  public static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
