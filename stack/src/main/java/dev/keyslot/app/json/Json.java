package dev.keyslot.app.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON as RFC 8259 has it, read whole and written indented. By Gson's reader alone: what maps
 * objects would take a third of the time in which a server has to be up. Stateless.
 */
public final class Json {

  private static final String INDENT = "  ";

  private static final Pattern POSITION = Pattern.compile("line (\\d+) column (\\d+)");

  /** Writes one value. */
  @FunctionalInterface
  public interface Body {
    void write(JsonWriter json) throws IOException;
  }

  private Json() {}

  /** What {@code body} writes, as UTF-8 that ends in a newline. */
  public static byte[] written(Body body) {
    var bytes = new ByteArrayOutputStream();
    try (var text = new OutputStreamWriter(bytes, StandardCharsets.UTF_8);
        var json = new JsonWriter(text)) {
      json.setStrictness(Strictness.STRICT);
      json.setIndent(INDENT);
      body.write(json);
      text.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The value that is all of {@code text}: maps in the order of the text, lists, strings, longs,
   * other numbers as {@link Double#NaN}, booleans, null.
   *
   * @throws IllegalArgumentException saying where, if it is no such text, nests deeper than 255
   *     values, or names a field twice
   */
  public static Object read(byte[] text) {
    var reader = new JsonReader(new StringReader(decoded(text))); // holds nothing to close
    reader.setStrictness(Strictness.STRICT);
    try {
      Object value = value(reader);
      var _ = reader.peek(); // refuses what comes behind it
      return value;
    } catch (IOException e) {
      throw refused("malformed", reader, e);
    }
  }

  private static String decoded(byte[] text) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("text must be UTF-8", e);
    }
  }

  private static IllegalArgumentException refused(String what, JsonReader reader, Exception e) {
    Matcher position = POSITION.matcher(reader.toString());
    String where =
        position.find()
            ? " at line %s, column %s".formatted(position.group(1), position.group(2))
            : "";
    return new IllegalArgumentException(what + where, e);
  }

  private static Object value(JsonReader reader) throws IOException {
    return switch (reader.peek()) {
      case BEGIN_OBJECT -> object(reader);
      case BEGIN_ARRAY -> array(reader);
      case STRING -> reader.nextString();
      case NUMBER -> number(reader.nextString());
      case BOOLEAN -> reader.nextBoolean();
      default -> {
        reader.nextNull();
        yield null;
      }
    };
  }

  private static Number number(String literal) {
    try {
      return Long.valueOf(literal);
    } catch (NumberFormatException _) {
      return Double.NaN;
    }
  }

  private static Map<String, Object> object(JsonReader reader) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    reader.beginObject();
    while (reader.hasNext()) {
      String name = reader.nextName();
      if (fields.containsKey(name)) {
        throw refused("field named twice", reader, null);
      }
      fields.put(name, value(reader));
    }
    reader.endObject();
    return fields;
  }

  private static List<Object> array(JsonReader reader) throws IOException {
    List<Object> values = new ArrayList<>();
    reader.beginArray();
    while (reader.hasNext()) {
      values.add(value(reader));
    }
    reader.endArray();
    return values;
  }

  /** What {@link #read} gave, as the standard calls it. */
  public static String kind(Object value) {
    return switch (value) {
      case null -> "null";
      case Map<?, ?> _ -> "object";
      case List<?> _ -> "array";
      case String _ -> "string";
      case Number _ -> "number";
      default -> "boolean";
    };
  }
}
