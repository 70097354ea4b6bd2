package dev.keyslot.app.image;

import com.google.gson.stream.JsonWriter;
import dev.keyslot.app.json.Json;
import dev.keyslot.base.Checks;
import dev.keyslot.host.volume.DunRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;

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

  private SidecarCodec() {}

  /** UTF-8 text, indented, ending in a newline. */
  static byte[] encode(Sidecar sidecar) {
    return Json.written(json -> encode(json, sidecar));
  }

  private static void encode(JsonWriter json, Sidecar sidecar) throws IOException {
    json.beginObject();
    json.name("format").value(FORMAT);
    json.name("version").value(VERSION);
    json.name("imageUuid").value(sidecar.imageUuid().toString());
    json.name("imageBytes").value(sidecar.imageBytes());
    json.name("dataUnitBytes").value(sidecar.dataUnitBytes());
    json.name("volumes").beginArray();
    for (Sidecar.Volume volume : sidecar.volumes()) {
      encode(json, volume);
    }
    json.endArray();
    json.endObject();
  }

  private static void encode(JsonWriter json, Sidecar.Volume volume) throws IOException {
    json.beginObject();
    json.name("name").value(volume.name());
    json.name("offsetBytes").value(volume.offsetBytes());
    json.name("sizeBytes").value(volume.sizeBytes());
    json.name("dunRule").beginObject();
    json.name("firstDun").value(volume.dunRule().firstDun());
    json.name("stepPerUnit").value(volume.dunRule().stepPerUnit());
    json.endObject();
    json.name("keyGeneration").value(volume.keyGeneration());
    json.name("seal").value(volume.seal());
    json.endObject();
  }

  /**
   * The sidecar that {@code text} holds.
   *
   * @throws IllegalArgumentException naming the field, what it must be and what it is
   */
  static Sidecar decode(byte[] text) {
    Object value;
    try {
      value = Json.read(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("sidecar must be JSON: " + e.getMessage(), e);
    }
    Map<?, ?> root = object(value, "sidecar");
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

  private static List<Sidecar.Volume> volumes(Object array) {
    if (!(array instanceof List<?> entries)) {
      throw new IllegalArgumentException("volumes must be a list: found=" + Json.kind(array));
    }
    List<Sidecar.Volume> volumes = new ArrayList<>(entries.size());
    for (Object entry : entries) {
      volumes.add(volume(object(entry, "entry")));
    }
    return volumes;
  }

  private static Sidecar.Volume volume(Map<?, ?> entry) {
    checkFields(
        entry, Set.of("name", "offsetBytes", "sizeBytes", "dunRule", "keyGeneration", "seal"));
    Map<?, ?> rule = object(field(entry, "dunRule"), "entry");
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

  private static Map<?, ?> object(Object value, String what) {
    if (value instanceof Map<?, ?> object) {
      return object;
    }
    throw new IllegalArgumentException(what + " must be a JSON object: found=" + Json.kind(value));
  }

  private static void checkFields(Map<?, ?> object, Set<String> known) {
    Set<Object> unknown = new TreeSet<>(object.keySet());
    unknown.removeAll(known);
    Checks.argument(
        unknown.isEmpty(), "fields must be %s: unknown=%s", new TreeSet<>(known), unknown);
  }

  private static Object field(Map<?, ?> object, String name) {
    Checks.argument(object.containsKey(name), "field must be present: field=%s", name);
    return object.get(name);
  }

  private static String text(Map<?, ?> object, String name) {
    if (field(object, name) instanceof String text) {
      return text;
    }
    throw new IllegalArgumentException(
        "%s must be text: found=%s".formatted(name, Json.kind(object.get(name))));
  }

  private static long number(Map<?, ?> object, String name, long max) {
    if (!(field(object, name) instanceof Long number)) {
      throw new IllegalArgumentException(
          "%s must be a whole number below 2^63: found=%s"
              .formatted(name, Json.kind(object.get(name))));
    }
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
}
