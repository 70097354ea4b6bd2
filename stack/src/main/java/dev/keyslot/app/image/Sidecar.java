package dev.keyslot.app.image;

import dev.keyslot.base.Checks;
import dev.keyslot.host.volume.DunRule;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What lies beside an image in {@code IMAGE.keyslot}: its identity, geometry and volumes, sealed.
 *
 * <p>Holds nothing about a key except a seal that only the key can make. Checked on construction:
 * whoever holds a sidecar holds a possible one. Immutable.
 *
 * @param imageBytes size of the image, which is exactly that of its file
 * @param volumes in order of their offsets; at least one
 */
public record Sidecar(UUID imageUuid, long imageBytes, int dataUnitBytes, List<Volume> volumes) {

  /** A thousand are promised; this many still fit {@link SidecarCodec#FILE_BYTES_MAX}. */
  static final int VOLUMES_MAX = 4096;

  /** The data unit number on the wire to a card has 32 bits. */
  private static final long DUN_LIMIT = 1L << 32;

  /**
   * A range of the image under one key.
   *
   * @param name empty for the only volume of an image, which covers it
   * @param keyGeneration 1 for the first key of the volume
   * @param seal 64 hexadecimal digits, HMAC-SHA-256 of the image's identity and this entry
   */
  public record Volume(
      String name,
      long offsetBytes,
      long sizeBytes,
      DunRule dunRule,
      int keyGeneration,
      String seal) {

    /** First byte behind the volume. */
    public long endBytes() {
      return offsetBytes + sizeBytes;
    }

    Volume withSeal(String newSeal) {
      return new Volume(name, offsetBytes, sizeBytes, dunRule, keyGeneration, newSeal);
    }
  }

  /** Refuses, with the name of the culprit, what no image can be. */
  public Sidecar {
    ByteSize.checkDataUnit(dataUnitBytes);
    ByteSize.checkImage(imageBytes, dataUnitBytes);
    Checks.argument(
        !volumes.isEmpty() && volumes.size() <= VOLUMES_MAX,
        "an image has 1 to %d volumes: volumes=%d",
        VOLUMES_MAX,
        volumes.size());
    volumes = volumes.stream().sorted(Sidecar::byOffset).toList();
    Set<String> names = new HashSet<>();
    for (Volume volume : volumes) {
      Checks.argument(
          (volume.name().isEmpty() && volumes.size() == 1)
              || ImageRequest.Volume.isName(volume.name()),
          "volume name must be %s, or empty for the only volume",
          ImageRequest.Volume.NAME_FORM);
      checkRange(volume, imageBytes, dataUnitBytes);
      checkRule(volume, dataUnitBytes);
      Checks.argument(
          names.add(volume.name()), "volume names must differ: volume=%s", volume.name());
    }
    for (int i = 1; i < volumes.size(); i++) {
      Volume before = volumes.get(i - 1);
      Volume volume = volumes.get(i);
      Checks.argument(
          before.endBytes() <= volume.offsetBytes(),
          "volumes must not overlap: volume=%s endBytes=%d, volume=%s offsetBytes=%d",
          before.name(),
          before.endBytes(),
          volume.name(),
          volume.offsetBytes());
    }
  }

  /** The sidecar's place: {@code IMAGE.keyslot}. */
  public static Path pathFor(Path image) {
    return ImageRequest.beside(image, ".keyslot");
  }

  /** The sidecar of {@code image}, its seals not checked, for which the keys would be needed. */
  public static Sidecar readUnchecked(Path image) throws StackException {
    return SidecarStore.read(image);
  }

  /**
   * Orders volumes. Not {@code Comparator.comparingLong}: its comparator is serializable, and such
   * a class is made anew at each start.
   */
  static int byOffset(Volume a, Volume b) {
    return Long.compare(a.offsetBytes(), b.offsetBytes());
  }

  private static void checkRange(Volume volume, long imageBytes, int dataUnitBytes) {
    Checks.argument(
        volume.offsetBytes() >= 0 && volume.offsetBytes() % dataUnitBytes == 0,
        "volume must start at a multiple of the data unit: volume=%s offsetBytes=%d"
            + " dataUnitBytes=%d",
        volume.name(),
        volume.offsetBytes(),
        dataUnitBytes);
    Checks.argument(
        volume.sizeBytes() > 0 && volume.sizeBytes() % dataUnitBytes == 0,
        "volume size must be a positive multiple of the data unit: volume=%s sizeBytes=%d"
            + " dataUnitBytes=%d",
        volume.name(),
        volume.sizeBytes(),
        dataUnitBytes);
    Checks.argument(
        volume.sizeBytes() <= imageBytes - volume.offsetBytes(),
        "volume must end inside the image: volume=%s offsetBytes=%d sizeBytes=%d imageBytes=%d",
        volume.name(),
        volume.offsetBytes(),
        volume.sizeBytes(),
        imageBytes);
  }

  private static void checkRule(Volume volume, int dataUnitBytes) {
    long units = volume.sizeBytes() / dataUnitBytes;
    DunRule rule = volume.dunRule();
    Checks.argument(
        rule.firstDun() < DUN_LIMIT
            && units - 1 <= (DUN_LIMIT - 1 - rule.firstDun()) / rule.stepPerUnit(),
        "data unit numbers must stay below 2^32: volume=%s firstDun=%d stepPerUnit=%d",
        volume.name(),
        rule.firstDun(),
        rule.stepPerUnit());
    Checks.argument(
        volume.keyGeneration() >= 1,
        "key generation must be at least 1: volume=%s keyGeneration=%d",
        volume.name(),
        volume.keyGeneration());
  }
}
