package dev.keyslot.app.image;

import dev.keyslot.host.volume.DunRule;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The volumes and keys that a request means. Stateless. */
final class VolumePlan {

  private static final int FIRST_GENERATION = 1;

  /** Holds the place of a seal until the key makes one. */
  private static final String UNSEALED = "";

  private VolumePlan() {}

  /** The key file of each volume, by the volume's name. */
  static Map<String, Path> keyFiles(ImageRequest request) {
    Map<String, Path> files = new LinkedHashMap<>();
    if (request.volumes().isEmpty()) {
      files.put("", request.keyFileOrDefault());
    }
    for (ImageRequest.Volume volume : request.volumes()) {
      files.put(volume.name(), volume.keyFile());
    }
    return files;
  }

  /**
   * A new sidecar, not yet sealed.
   *
   * @throws IllegalArgumentException if the request fits no image of this size
   */
  static Sidecar unsealed(ImageRequest request, long sizeBytes) {
    int dataUnitBytes = request.dataUnitBytes().orElse(ImageRequest.DEFAULT_DATA_UNIT_BYTES);
    List<Sidecar.Volume> volumes =
        request.volumes().isEmpty()
            ? List.of(volume("", 0, sizeBytes))
            : request.volumes().stream()
                .map(wanted -> volume(wanted.name(), wanted.offsetBytes(), wanted.sizeBytes()))
                .toList();
    return new Sidecar(UUID.randomUUID(), sizeBytes, dataUnitBytes, volumes);
  }

  private static Sidecar.Volume volume(String name, long offsetBytes, long sizeBytes) {
    return new Sidecar.Volume(
        name, offsetBytes, sizeBytes, DunRule.FROM_ZERO, FIRST_GENERATION, UNSEALED);
  }
}
