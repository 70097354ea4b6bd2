package dev.keyslot.app.image;

import java.util.LinkedHashMap;
import java.util.Map;

/** The keys of an image's volumes, by volume name: all different, all wiped on close. */
final class KeyRing implements AutoCloseable {

  private final Map<String, VolumeKey> keys = new LinkedHashMap<>();

  /** Takes {@code key} over; refuses one that another volume has, by name. */
  void add(String volume, VolumeKey key) throws StackException {
    for (var other : keys.entrySet()) {
      if (other.getValue().sameBytes(key)) {
        key.close();
        throw StackException.fix(
            "volumes must have different keys: volume=%s volume=%s", other.getKey(), volume);
      }
    }
    keys.put(volume, key);
  }

  /** The key of a volume, which stays the ring's. */
  VolumeKey get(String volume) {
    return keys.get(volume);
  }

  /** {@code sidecar} with the seal of each volume. */
  Sidecar seal(Sidecar sidecar) {
    return new Sidecar(
        sidecar.imageUuid(),
        sidecar.imageBytes(),
        sidecar.dataUnitBytes(),
        sidecar.volumes().stream()
            .map(volume -> volume.withSeal(Seal.of(sidecar, volume, keys.get(volume.name()))))
            .toList());
  }

  @Override
  public void close() {
    keys.values().forEach(VolumeKey::close);
  }
}
