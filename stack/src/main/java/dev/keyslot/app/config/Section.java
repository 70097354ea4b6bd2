package dev.keyslot.app.config;

import dev.keyslot.app.image.StackException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of the file, read field by field; {@link #end} refuses what nobody asked for.
 *
 * <p>One thread. A refusal names file, line and field.
 */
final class Section {

  private final Path file;
  private final String path;
  private final Node node;
  private final Map<String, Node> fields = new LinkedHashMap<>();
  private final Map<String, Node> keys = new LinkedHashMap<>();
  private final Set<String> asked = new LinkedHashSet<>();

  private Section(Path file, String path, Node node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  /** The mapping in {@code node}; {@code path} is empty for the whole file. */
  static Section of(Path file, String path, Node node) throws StackException {
    var section = new Section(file, path, node);
    if (!(node instanceof MappingNode mapping)) {
      throw refusal(file, node, path, "must be a mapping of keys to values");
    }
    for (NodeTuple field : mapping.getValue()) {
      if (!(field.getKeyNode() instanceof ScalarNode key)) {
        throw refusal(file, field.getKeyNode(), path, "keys must be words");
      }
      if (section.fields.put(key.getValue(), field.getValueNode()) != null) {
        throw refusal(file, key, path, "key must not stand here twice: key=" + key.getValue());
      }
      section.keys.put(key.getValue(), key);
    }
    return section;
  }

  /** A text, if the field is there. */
  Optional<String> text(String key) throws StackException {
    Node value = ask(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
      return Optional.of(scalar.getValue());
    }
    throw refusal(file, value, name(key), "must be a word or a number");
  }

  /** A text that must be there. */
  String needed(String key) throws StackException {
    Optional<String> text = text(key);
    if (text.isEmpty()) {
      throw refusal(file, node, path, "needs a key: " + key);
    }
    return text.get();
  }

  /** A path, against the folder of the file. */
  Optional<Path> path(String key) throws StackException {
    Path folder = file.toAbsolutePath().getParent();
    return text(key).map(folder::resolve);
  }

  /** Yes or no. */
  boolean flag(String key, boolean otherwise) throws StackException {
    String text = text(key).orElse(Boolean.toString(otherwise));
    if (!text.equals("true") && !text.equals("false")) {
      throw wrong(key, "must be true or false: %s=%s".formatted(key, text));
    }
    return text.equals("true");
  }

  /** Gives the field to {@code taker} if it is there; what that refuses is told with the line. */
  void taken(String key, Consumer<String> taker) throws StackException {
    Optional<String> text = text(key);
    try {
      text.ifPresent(taker);
    } catch (IllegalArgumentException e) {
      throw wrong(key, e.getMessage());
    }
  }

  /** What {@code maker} makes of the field; what it refuses is told with the line. */
  <T> Optional<T> made(String key, Function<String, T> maker) throws StackException {
    Optional<String> text = text(key);
    try {
      return text.map(maker);
    } catch (IllegalArgumentException e) {
      throw wrong(key, e.getMessage());
    }
  }

  /** One of several words. */
  <E extends Enum<E>> E choice(String key, E otherwise) throws StackException {
    Class<E> type = otherwise.getDeclaringClass();
    String text = text(key).orElse(word(otherwise));
    List<String> words = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      if (word(constant).equals(text)) {
        return constant;
      }
      words.add(word(constant));
    }
    throw wrong(key, "must be %s: %s=%s".formatted(String.join(" or ", words), key, text));
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** A mapping below this one. */
  Optional<Section> section(String key) throws StackException {
    Node value = ask(key);
    return value == null ? Optional.empty() : Optional.of(of(file, name(key), value));
  }

  /** Mappings below this one by names of the operator's choice. */
  Map<String, Section> named(String key) throws StackException {
    Map<String, Section> found = new LinkedHashMap<>();
    Optional<Section> all = section(key);
    if (all.isPresent()) {
      for (String name : all.get().fields.keySet()) {
        found.put(name, all.get().section(name).orElseThrow());
      }
    }
    return found;
  }

  /** A list of mappings. */
  List<Section> sections(String key) throws StackException {
    List<Section> found = new ArrayList<>();
    for (Node item : items(key)) {
      found.add(of(file, "%s[%d]".formatted(name(key), found.size()), item));
    }
    return found;
  }

  private List<Node> items(String key) throws StackException {
    Node value = ask(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    throw refusal(file, value, name(key), "must be a list");
  }

  /** The only field of a section of one, such as {@code unix: PATH}; its key. */
  String onlyKey() throws StackException {
    if (fields.size() != 1) {
      throw refusal(file, node, path, "must have one key: keys=" + fields.keySet());
    }
    return fields.keySet().iterator().next();
  }

  /** Refuses keys that nobody asked for. */
  void end() throws StackException {
    for (var key : keys.entrySet()) {
      if (!asked.contains(key.getKey())) {
        throw refusal(
            file,
            key.getValue(),
            path,
            "unknown key \"%s\", did you mean \"%s\"?"
                .formatted(key.getKey(), Nearest.of(key.getKey(), asked)));
      }
    }
  }

  /** A refusal of this field. */
  StackException wrong(String key, String message) {
    return refusal(file, fields.getOrDefault(key, node), name(key), message);
  }

  /** A refusal of all of this. */
  StackException wrong(String message) {
    return refusal(file, node, path, message);
  }

  private Node ask(String key) {
    asked.add(key);
    return fields.get(key);
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static StackException refusal(Path file, Node at, String path, String message) {
    String line = at.getStartMark().map(mark -> ":" + (mark.getLine() + 1)).orElse("");
    return StackException.fix(
        "%s", file + line + ": " + (path.isEmpty() ? "" : path + ": ") + message);
  }
}
