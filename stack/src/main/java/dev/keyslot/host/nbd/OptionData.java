package dev.keyslot.host.nbd;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The data of an option, read field by field; big-endian.
 *
 * <p>Reading past the end or a string that is none marks it as malformed and yields zeros and empty
 * strings, so that a parser asks once, at its end.
 */
final class OptionData {

  private final ByteBuffer bytes;
  private boolean malformed;

  OptionData(byte[] bytes) {
    this.bytes = ByteBuffer.wrap(bytes);
  }

  /** What GO and INFO carry. */
  record Selection(String exportName, List<Integer> infoTypes) {}

  /** What LIST_META_CONTEXT and SET_META_CONTEXT carry. */
  record ContextQuery(String exportName, List<String> queries) {}

  /** A selection, or null if malformed. */
  Selection selection() {
    String name = string(int32());
    int count = int16();
    List<Integer> types = new ArrayList<>();
    for (int i = 0; i < count && !malformed; i++) {
      types.add(int16());
    }
    return complete() ? new Selection(name, types) : null;
  }

  /** A query, or null if malformed. */
  ContextQuery contextQuery() {
    String name = string(int32());
    int count = int32();
    List<String> queries = new ArrayList<>();
    for (int i = 0; Integer.compareUnsigned(i, count) < 0 && !malformed; i++) {
      queries.add(string(int32()));
    }
    return complete() ? new ContextQuery(name, queries) : null;
  }

  /** All of it as one name, or null if it is none. */
  String name() {
    String name = string(bytes.remaining());
    return complete() ? name : null;
  }

  boolean isEmpty() {
    return !bytes.hasRemaining();
  }

  private boolean complete() {
    return !malformed && !bytes.hasRemaining();
  }

  private int int16() {
    return has(Short.BYTES) ? Short.toUnsignedInt(bytes.getShort()) : 0;
  }

  private int int32() {
    return has(Integer.BYTES) ? bytes.getInt() : 0;
  }

  private String string(int length) {
    if (length < 0 || length > NbdLimits.STRING_BYTES_MAX || !has(length)) {
      malformed = true;
      return "";
    }
    byte[] text = new byte[length];
    bytes.get(text);
    try {
      String string = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
      malformed |= string.indexOf('\0') >= 0;
      return string;
    } catch (CharacterCodingException e) {
      malformed = true;
      return "";
    }
  }

  private boolean has(int count) {
    malformed |= bytes.remaining() < count;
    return !malformed;
  }
}
