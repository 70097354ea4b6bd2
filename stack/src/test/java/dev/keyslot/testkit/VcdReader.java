package dev.keyslot.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a value change dump by the grammar of IEEE 1364, clause "VCD file format"; knows nothing of
 * the writer. Refuses what the grammar does not allow.
 */
public final class VcdReader {

  /** A change of the signal with this dotted name; the value is binary digits, or {@code x}. */
  public record Change(long time, String signal, String value) {}

  private final ArrayDeque<String> words;
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, Integer> widths = new HashMap<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<String> comments = new ArrayList<>();

  private VcdReader(String text) {
    words = new ArrayDeque<>(Arrays.asList(text.strip().split("\\s+")));
  }

  /** The whole of a file. */
  public static VcdReader read(Path file) throws IOException {
    var reader = new VcdReader(Files.readString(file));
    reader.declarations();
    reader.values();
    return reader;
  }

  public List<Change> changes() {
    return changes;
  }

  public List<String> comments() {
    return comments;
  }

  /** Values that a signal took, in order. */
  public List<String> valuesOf(String signal) {
    return changes.stream().filter(c -> c.signal().equals(signal)).map(Change::value).toList();
  }

  /** Width in bits by dotted name. */
  public Map<String, Integer> widths() {
    return widths;
  }

  private void declarations() {
    var scope = new ArrayDeque<String>();
    while (true) {
      String keyword = words.remove();
      List<String> body = untilEnd();
      switch (keyword) {
        case "$version", "$timescale", "$date" -> check(!body.isEmpty(), keyword);
        case "$comment" -> comments.add(String.join(" ", body));
        case "$scope" -> scope.addLast(body.get(1));
        case "$upscope" -> scope.removeLast();
        case "$var" -> declare(body, String.join(".", scope));
        case "$enddefinitions" -> {
          check(scope.isEmpty(), "scopes left open: " + scope);
          return;
        }
        default -> throw new AssertionError("no VCD keyword: " + keyword);
      }
    }
  }

  private void declare(List<String> body, String scope) {
    check(List.of("wire", "reg", "event").contains(body.getFirst()), body.getFirst());
    String name = scope + "." + body.get(3);
    check(names.put(body.get(2), name) == null, "identifier used twice: " + body.get(2));
    check(widths.put(name, Integer.valueOf(body.get(1))) == null, "name used twice: " + name);
  }

  private void values() {
    long time = -1;
    while (!words.isEmpty()) {
      String word = words.remove();
      switch (word.charAt(0)) {
        case '#' -> {
          long next = Long.parseLong(word.substring(1));
          check(next > time, "time must advance: " + next + " after " + time);
          time = next;
        }
        case 'b' -> add(time, words.remove(), word.substring(1));
        case '0', '1', 'x' -> add(time, word.substring(1), word.substring(0, 1));
        default -> {
          check(word.equals("$comment"), "no value change: " + word);
          comments.add(String.join(" ", untilEnd()));
        }
      }
    }
  }

  private void add(long time, String identifier, String value) {
    String name = names.get(identifier);
    check(name != null, "identifier was not declared: " + identifier);
    check(value.matches("[01]+|x"), "value must be binary or x: " + value);
    check(value.length() <= widths.get(name), "value wider than its signal: " + name);
    check(time >= 0, "a change needs a time: " + name);
    changes.add(new Change(time, name, value));
  }

  private List<String> untilEnd() {
    List<String> body = new ArrayList<>();
    for (String word = words.remove(); !word.equals("$end"); word = words.remove()) {
      body.add(word);
    }
    return body;
  }

  private static void check(boolean good, String message) {
    if (!good) {
      throw new AssertionError("not a VCD file: " + message);
    }
  }
}
