package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Collects what the handshake sends and sends it; one thread, not on the data path. */
final class OptionReplies {

  private static final int HEAD_BYTES = 20;
  private static final int FIRST_BYTES = 4096;

  private final Transport transport;
  private ByteBuffer out = ByteBuffer.allocate(FIRST_BYTES);

  OptionReplies(Transport transport) {
    this.transport = transport;
  }

  /** Room for {@code bytes} outside any reply. */
  ByteBuffer raw(int bytes) {
    if (out.remaining() < bytes) {
      ByteBuffer larger = ByteBuffer.allocate(2 * (out.capacity() + bytes));
      out = larger.put(out.flip());
    }
    return out;
  }

  /** A reply without data. */
  void add(int option, OptionReply type) {
    head(option, type, 0);
  }

  /** A reply with a text: a refusal's for people, or whatever {@code type} says. */
  void add(int option, OptionReply type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    head(option, type, bytes.length).put(bytes);
  }

  /** SERVER: one export of the list. */
  void addServer(int option, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    head(option, OptionReply.SERVER, Integer.BYTES + bytes.length).putInt(bytes.length).put(bytes);
  }

  /** META_CONTEXT. */
  void addContext(int option, int id, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    head(option, OptionReply.META_CONTEXT, Integer.BYTES + bytes.length).putInt(id).put(bytes);
  }

  /** INFO of a fixed size: the caller writes {@code bytes} bytes. */
  ByteBuffer addInfo(int option, InfoType type, int bytes) {
    return head(option, OptionReply.INFO, Short.BYTES + bytes).putShort((short) type.wireValue());
  }

  /** INFO with a text. */
  void addInfo(int option, InfoType type, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    addInfo(option, type, bytes.length).put(bytes);
  }

  /** Sends all. */
  void send() throws IOException {
    transport.write(new ByteBuffer[] {out.flip()}, 1);
    out.clear();
  }

  private ByteBuffer head(int option, OptionReply type, int dataBytes) {
    return raw(HEAD_BYTES + dataBytes)
        .putLong(Wire.OPTION_REPLY_MAGIC)
        .putInt(option)
        .putInt(type.wireValue())
        .putInt(dataBytes);
  }
}
