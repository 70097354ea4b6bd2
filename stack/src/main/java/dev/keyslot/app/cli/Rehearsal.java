package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import dev.keyslot.app.image.StackException.Category;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A first client, so that the launcher's class cache holds what serving one takes.
 *
 * <p>Says everything at once and reads until the server hangs up.
 */
final class Rehearsal {

  private static final int DATA_BYTES = 64 << 10;

  /** Client flags: fixed newstyle, no zeroes. Then structured replies, and GO to the export "". */
  private static final String HANDSHAKE =
      "00000003"
          + ("49484156454f5054" + "00000008" + "00000000")
          + ("49484156454f5054" + "00000007" + "00000006" + "00000000" + "0000");

  /** WRITE of 64 KiB at 0, before its data. */
  private static final String WRITE =
      "25609513" + "0000" + "0001" + "0000000000000001" + "0000000000000000" + "00010000";

  /** Small and large READ, FLUSH, and goodbye. */
  private static final String READS =
      ("25609513" + "0000" + "0000" + "0000000000000002" + "0000000000000000" + "00001000")
          + ("25609513" + "0000" + "0000" + "0000000000000003" + "0000000000000000" + "00010000")
          + ("25609513" + "0000" + "0003" + "0000000000000004" + "0000000000000000" + "00000000")
          + ("25609513" + "0000" + "0002" + "0000000000000005" + "0000000000000000" + "00000000");

  private Rehearsal() {}

  /** Writes over the first 64 KiB of the export at {@code socket}. */
  static void with(Path socket) throws StackException {
    try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      send(channel, HexFormat.of().parseHex(HANDSHAKE + WRITE));
      send(channel, new byte[DATA_BYTES]);
      send(channel, HexFormat.of().parseHex(READS));
      ByteBuffer replies = ByteBuffer.allocate(DATA_BYTES);
      while (channel.read(replies.clear()) >= 0) {
        // what they say is the tests' business
      }
    } catch (IOException e) {
      throw new StackException(Category.GIVE_UP, "rehearsal must be served: " + e.getMessage(), e);
    }
  }

  private static void send(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      channel.write(left);
    }
  }
}
