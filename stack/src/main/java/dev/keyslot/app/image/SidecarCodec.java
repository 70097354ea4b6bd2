package dev.keyslot.app.image;

import dev.keyslot.base.Checks;
import dev.keyslot.host.volume.DunRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A sidecar as JSON: exactly the fields of version {@value #VERSION}, no more, no fewer.
 *
 * <p>What comes in was perhaps written by somebody else: every field is checked for presence, type
 * and range, and an unknown one is refused by name. Stateless.
 */
final class SidecarCodec {

  /** Goes up when an older program would misread a newer file. */
  static final int VERSION = 1;

  /** A thousand volumes take 300 KiB; nobody reads more than this into memory. */
  static final int FILE_BYTES_MAX = 4 << 20;

  private static final String FORMAT = "keyslot-sidecar";
  private static final Pattern UUID_FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern SEAL = Pattern.compile("[0-9a-f]{64}");

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .build();

  private SidecarCodec() {}

  /** UTF-8 text, indented, ending in a newline. */
  static byte[] encode(Sidecar sidecar) {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.put("version", VERSION);
    root.put("imageUuid", sidecar.imageUuid().toString());
    root.put("imageBytes", sidecar.imageBytes());
    root.put("dataUnitBytes", sidecar.dataUnitBytes());
    ArrayNode volumes = root.putArray("volumes");
    for (Sidecar.Volume volume : sidecar.volumes()) {
      ObjectNode entry = volumes.addObject();
      entry.put("name", volume.name());
      entry.put("offsetBytes", volume.offsetBytes());
      entry.put("sizeBytes", volume.sizeBytes());
      entry
          .putObject("dunRule")
          .put("firstDun", volume.dunRule().firstDun())
          .put("stepPerUnit", volume.dunRule().stepPerUnit());
      entry.put("keyGeneration", volume.keyGeneration());
      entry.put("seal", volume.seal());
    }
    return (JSON.writeValueAsString(root) + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * The sidecar that {@code text} holds.
   *
   * @throws IllegalArgumentException naming the field, what it must be and what it is
   */
  static Sidecar decode(byte[] text) {
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JacksonException e) {
      throw new IllegalArgumentException("sidecar must be JSON: " + why(e), e);
    }
    Checks.argument(root.isObject(), "sidecar must be a JSON object: found=%s", kind(root));
    String format = text(root, "format");
    Checks.argument(format.equals(FORMAT), "format must be %s: format=%s", FORMAT, format);
    long version = number(root, "version", Integer.MAX_VALUE);
    Checks.argument(
        version == VERSION,
        "version must be %d, all this program knows: version=%d",
        VERSION,
        version);
    checkFields(
        root, Set.of("format", "version", "imageUuid", "imageBytes", "dataUnitBytes", "volumes"));
    return new Sidecar(
        uuid(text(root, "imageUuid")),
        number(root, "imageBytes", Long.MAX_VALUE),
        (int) number(root, "dataUnitBytes", Integer.MAX_VALUE),
        volumes(field(root, "volumes")));
  }

  private static String why(JacksonException e) {
    String line = e.getOriginalMessage().lines().findFirst().orElse("");
    return e.getLocation() == null
        ? line
        : "line %d, column %d: %s"
            .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr(), line);
  }

  private static List<Sidecar.Volume> volumes(JsonNode array) {
    Checks.argument(array.isArray(), "volumes must be a list: found=%s", kind(array));
    List<Sidecar.Volume> volumes = new ArrayList<>(array.size());
    for (JsonNode entry : array) {
      volumes.add(volume(entry));
    }
    return volumes;
  }

  private static Sidecar.Volume volume(JsonNode entry) {
    checkFields(
        entry, Set.of("name", "offsetBytes", "sizeBytes", "dunRule", "keyGeneration", "seal"));
    JsonNode rule = field(entry, "dunRule");
    checkFields(rule, Set.of("firstDun", "stepPerUnit"));
    String seal = text(entry, "seal");
    Checks.argument(
        SEAL.matcher(seal).matches(),
        "seal must be 64 lower-case hex digits: length=%d",
        seal.length());
    return new Sidecar.Volume(
        text(entry, "name"),
        number(entry, "offsetBytes", Long.MAX_VALUE),
        number(entry, "sizeBytes", Long.MAX_VALUE),
        new DunRule(
            number(rule, "firstDun", Long.MAX_VALUE),
            (int) number(rule, "stepPerUnit", Integer.MAX_VALUE)),
        (int) number(entry, "keyGeneration", Integer.MAX_VALUE),
        seal);
  }

  private static void checkFields(JsonNode object, Set<String> known) {
    Checks.argument(object.isObject(), "entry must be a JSON object: found=%s", kind(object));
    Set<String> unknown = new TreeSet<>();
    for (Map.Entry<String, JsonNode> property : object.properties()) {
      if (!known.contains(property.getKey())) {
        unknown.add(property.getKey());
      }
    }
    Checks.argument(
        unknown.isEmpty(), "fields must be %s: unknown=%s", new TreeSet<>(known), unknown);
  }

  private static JsonNode field(JsonNode object, String name) {
    JsonNode value = object.get(name);
    Checks.argument(value != null, "field must be present: field=%s", name);
    return value;
  }

  private static String text(JsonNode object, String name) {
    JsonNode value = field(object, name);
    Checks.argument(value.isString(), "%s must be text: found=%s", name, kind(value));
    return value.stringValue();
  }

  private static long number(JsonNode object, String name, long max) {
    JsonNode value = field(object, name);
    Checks.argument(
        value.isIntegralNumber() && value.canConvertToLong(),
        "%s must be a whole number below 2^63: found=%s",
        name,
        kind(value));
    long number = value.longValue();
    Checks.argument(
        number >= 0 && number <= max, "%s must be in [0, %d]: %s=%d", name, max, name, number);
    return number;
  }

  private static UUID uuid(String text) {
    Checks.argument(
        UUID_FORM.matcher(text).matches(),
        "imageUuid must be a lower-case UUID: length=%d",
        text.length());
    return UUID.fromString(text);
  }

  private static String kind(JsonNode value) {
    return value.getNodeType().name().toLowerCase(Locale.ROOT);
  }
}
