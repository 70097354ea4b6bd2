package dev.keyslot.testkit;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What a server may say, typed from NBD proto.md and its extension branch: reads an answer from its
 * first byte to its last.
 *
 * <p>Replies in simple style are read up to the first that carries data, whose length only the
 * client knows. One thread.
 */
public final class NbdGrammar {

  private static final long NBDMAGIC = 0x4e42444d41474943L;
  private static final long IHAVEOPT = 0x49484156454f5054L;
  private static final long OPTION_REPLY = 0x0003e889045565a9L;
  private static final Set<Integer> ERRNOS = Set.of(0, 1, 5, 12, 22, 28, 75, 95, 108);

  private enum Style {
    SIMPLE,
    STRUCTURED,
    EXTENDED
  }

  private final ByteBuffer answer;
  private final boolean zeroes;
  private final Set<String> shown = new LinkedHashSet<>();
  private Style style = Style.SIMPLE;

  private NbdGrammar(byte[] answer, boolean zeroes) {
    this.answer = ByteBuffer.wrap(answer);
    this.zeroes = zeroes;
  }

  /**
   * Reads a whole answer.
   *
   * @param zeroes whether the client wants 124 zeroes behind EXPORT_NAME's answer
   * @return one word for each kind of thing that was said
   * @throws AssertionError where it is none, with the place
   */
  public static Set<String> read(byte[] answer, boolean zeroes) {
    NbdGrammar reader = new NbdGrammar(answer, zeroes);
    try {
      reader.greeting();
      if (reader.options()) {
        reader.transmission();
      }
    } catch (java.nio.BufferUnderflowException e) {
      throw new AssertionError("answer ends inside a reply: bytes=" + answer.length, e);
    }
    return reader.shown;
  }

  private void must(boolean holds, String what, long value) {
    if (!holds) {
      throw new AssertionError(
          "%s: value=0x%x before=%d".formatted(what, value, answer.position()));
    }
  }

  private void greeting() {
    must(answer.getLong() == NBDMAGIC, "greeting begins with NBDMAGIC", 0);
    must(answer.getLong() == IHAVEOPT, "then comes IHAVEOPT", 0);
    must(answer.getShort() == 3, "fixed newstyle and no zeroes are offered", 0);
  }

  /** Whether a transmission follows. */
  private boolean options() {
    while (answer.hasRemaining()) {
      if (answer.getLong(answer.position()) != OPTION_REPLY) {
        exportName();
        return true;
      }
      answer.getLong();
      int option = answer.getInt();
      int type = answer.getInt();
      ByteBuffer data = part(Integer.toUnsignedLong(answer.getInt()));
      shown.add("option %x: %x".formatted(option, type));
      option(option, type, data);
      if (option == 7 && type == 1) {
        return true;
      }
    }
    return false;
  }

  private ByteBuffer part(long length) {
    must(length <= answer.remaining(), "data follows whole", length);
    ByteBuffer part = answer.slice(answer.position(), (int) length);
    answer.position(answer.position() + (int) length);
    return part;
  }

  private void option(int option, int type, ByteBuffer data) {
    switch (type) {
      case 1 -> {
        must(data.remaining() == 0, "ACK has no data", data.remaining());
        style = option == 8 ? Style.STRUCTURED : option == 11 ? Style.EXTENDED : style;
      }
      case 2 -> {
        must(option == 3, "only LIST is answered by SERVER", option);
        must(data.getInt() == data.remaining(), "name has its length", data.remaining());
      }
      case 3 -> {
        must(option == 6 || option == 7, "only INFO and GO are answered by INFO", option);
        info(data);
      }
      case 4 -> {
        must(option == 9 || option == 10, "only contexts are answered by META_CONTEXT", option);
        must(data.remaining() > 4 && data.remaining() <= 4 + 4096, "context has a name", 0);
      }
      default -> {
        must(type >= 0x80000001 && type <= 0x8000000a, "reply is a known one", type);
        must(data.remaining() <= 4096, "text is a string", data.remaining());
      }
    }
  }

  private void info(ByteBuffer data) {
    int info = data.getShort();
    shown.add("info " + info);
    switch (info) {
      case 0 -> {
        must(data.remaining() == 10, "EXPORT is size and flags", data.remaining());
        must(data.getLong() == NbdStream.EXPORT_BYTES, "size of the export", 0);
        must((data.getShort() & 1) == 1, "HAS_FLAGS", 0);
      }
      case 1, 2 -> must(data.remaining() <= 4096, "text is a string", data.remaining());
      case 3 -> must(data.remaining() == 12, "BLOCK_SIZE is three numbers", data.remaining());
      default -> must(false, "info is a known one", info);
    }
  }

  private void exportName() {
    shown.add("export name");
    must(answer.getLong() == NbdStream.EXPORT_BYTES, "size of the export", 0);
    must((answer.getShort() & 1) == 1, "HAS_FLAGS", 0);
    for (int i = 0; zeroes && i < 124; i++) {
      must(answer.get() == 0, "124 zeroes", i);
    }
  }

  private void transmission() {
    shown.add(style.name());
    while (answer.hasRemaining()) {
      switch (style) {
        case SIMPLE -> {
          must(answer.getInt() == 0x67446698, "simple reply", 0);
          int error = answer.getInt();
          error(error);
          answer.getLong();
          if (error == 0) {
            return; // data may follow, of a length that stands in the request
          }
        }
        case STRUCTURED -> {
          int magic = answer.getInt();
          if (magic == 0x67446698) { // done, and nothing to tell
            must(answer.getInt() == 0, "an error comes with a text", 0);
            answer.getLong();
            break;
          }
          must(magic == 0x668e33ef, "structured reply", magic);
          int flags = answer.getShort();
          int type = answer.getShort() & 0xffff;
          answer.getLong();
          chunk(flags, type, part(Integer.toUnsignedLong(answer.getInt())));
        }
        case EXTENDED -> {
          must(answer.getInt() == 0x6e8a278c, "extended reply", 0);
          int flags = answer.getShort();
          int type = answer.getShort() & 0xffff;
          answer.getLong();
          answer.getLong();
          chunk(flags, type, part(answer.getLong()));
        }
      }
    }
  }

  private void error(int error) {
    must(ERRNOS.contains(error), "error is one of the protocol's", error);
    shown.add("error " + error);
  }

  private void chunk(int flags, int type, ByteBuffer data) {
    must(flags == 0 || flags == 1, "only DONE is a flag", flags);
    shown.add("chunk %x done %d".formatted(type, flags));
    int bytes = data.remaining();
    switch (type) {
      case 0 -> must(flags == 1 && bytes == 0, "NONE is empty and the last", bytes);
      case 1 -> {
        long at = data.getLong();
        must(bytes > 8 && at >= 0 && at + bytes - 8 <= NbdStream.EXPORT_BYTES, "data lies in", at);
      }
      case 2 -> {
        must(bytes == 12, "hole is offset and length", bytes);
        long at = data.getLong();
        int length = data.getInt();
        must(length > 0 && at >= 0 && at + length <= NbdStream.EXPORT_BYTES, "hole lies in", at);
      }
      case 5 ->
          must(style == Style.STRUCTURED && bytes > 4 && (bytes - 4) % 8 == 0, "extents", bytes);
      case 6 -> {
        must(style == Style.EXTENDED && bytes > 8 && (bytes - 8) % 16 == 0, "extents", bytes);
        data.getInt();
        must(data.getInt() == (bytes - 8) / 16, "extents are counted", bytes);
      }
      case 0x8001, 0x8002 -> {
        int error = data.getInt();
        must(error != 0, "an error chunk has an error", error);
        error(error);
        int text = data.getShort();
        int rest = type == 0x8001 ? 0 : 8;
        must(text >= 0 && data.remaining() == text + rest, "text has its length", text);
      }
      default -> must(false, "chunk is a known one", type);
    }
  }
}
