package dev.keyslot.app.access;

import java.util.Map;
import java.util.Optional;

/**
 * Under which names an image's volumes are exported, and to whom. Immutable.
 *
 * @param whenAlone the name of the export of an image with one volume, whatever else is said
 * @param byVolume what was said of single volumes, by their names in the sidecar
 * @param otherwise who may use the other volumes
 */
public record ExportRules(
    Optional<String> whenAlone, Map<String, Rule> byVolume, AllowList otherwise) {

  /** Own names, everybody. */
  public static final ExportRules NONE = named(Optional.empty());

  /**
   * What was said of one volume.
   *
   * @param exportName empty for the volume's own name
   */
  public record Rule(Optional<String> exportName, AllowList allowed) {}

  public ExportRules {
    byVolume = Map.copyOf(byVolume);
  }

  /** For everybody; {@code whenAlone} is for an image with one volume. */
  public static ExportRules named(Optional<String> whenAlone) {
    return new ExportRules(whenAlone, Map.of(), AllowList.EVERYBODY);
  }

  /** The name of a volume's export, alone on its image or not. */
  public String exportName(String volume, boolean alone) {
    if (alone && whenAlone.isPresent()) {
      return whenAlone.get();
    }
    Rule rule = byVolume.get(volume);
    return rule == null ? volume : rule.exportName().orElse(volume);
  }

  /** Who may use a volume. */
  public AllowList allowed(String volume) {
    Rule rule = byVolume.get(volume);
    return rule == null ? otherwise : rule.allowed();
  }
}
