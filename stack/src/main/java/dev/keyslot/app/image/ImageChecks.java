package dev.keyslot.app.image;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Whether image, sidecar, keys and what the operator said agree. Stateless. */
final class ImageChecks {

  /** So many volume names fit a line of error. */
  private static final int NAMES_SHOWN = 5;

  private ImageChecks() {}

  /** An image without sidecar: how to get one. */
  static StackException withoutSidecar(ImageRequest request, boolean empty) {
    return StackException.fix(
        "image has no sidecar; make one with: keyslot adopt %s --data-unit %d --key-file %s%s",
        request.image(),
        request.dataUnitBytes().orElse(ImageRequest.DEFAULT_DATA_UNIT_BYTES),
        request.keyFileOrDefault(),
        empty
            ? " (nothing was ever written to it: a create that was cut short leaves such an image;"
                + " it may be deleted and created again)"
            : "");
  }

  /** Refuses an image of another size than its sidecar's, and statements that disagree. */
  static void agree(ImageRequest request, Sidecar sidecar, long fileBytes) throws StackException {
    if (fileBytes != sidecar.imageBytes()) {
      throw StackException.fix(
          "image has been %s: its sidecar says imageBytes=%d, its file has bytes=%d: image=%s",
          fileBytes < sidecar.imageBytes() ? "truncated" : "grown",
          sidecar.imageBytes(),
          fileBytes,
          request.image());
    }
    if (request.sizeBytes().isPresent() && request.sizeBytes().getAsLong() != fileBytes) {
      throw StackException.fix(
          "image exists with another size: --size says bytes=%d, it has bytes=%d: image=%s",
          request.sizeBytes().getAsLong(), fileBytes, request.image());
    }
    if (request.dataUnitBytes().isPresent()
        && request.dataUnitBytes().getAsInt() != sidecar.dataUnitBytes()) {
      throw StackException.fix(
          "image has another data unit: --data-unit says bytes=%d, its sidecar bytes=%d: image=%s",
          request.dataUnitBytes().getAsInt(), sidecar.dataUnitBytes(), request.image());
    }
  }

  /** The sidecar's entries of the volumes that the request lists. */
  static List<Sidecar.Volume> chosen(ImageRequest request, Sidecar sidecar) throws StackException {
    if (request.volumes().isEmpty()) {
      if (sidecar.volumes().getFirst().name().isEmpty()) {
        return sidecar.volumes();
      }
      throw StackException.fix(
          "image has named volumes, list those to serve with --volume"
              + " NAME=OFFSET+SIZE,key-file=FILE: volumes=%s image=%s",
          names(sidecar), request.image());
    }
    List<Sidecar.Volume> entries = new ArrayList<>();
    for (ImageRequest.Volume wanted : request.volumes()) {
      entries.add(entry(wanted, sidecar));
    }
    return entries;
  }

  private static Sidecar.Volume entry(ImageRequest.Volume wanted, Sidecar sidecar)
      throws StackException {
    for (Sidecar.Volume entry : sidecar.volumes()) {
      if (entry.name().equals(wanted.name())) {
        if (entry.offsetBytes() != wanted.offsetBytes()
            || entry.sizeBytes() != wanted.sizeBytes()) {
          throw StackException.fix(
              "volume lies elsewhere: --volume says %d+%d, the sidecar %d+%d: volume=%s",
              wanted.offsetBytes(),
              wanted.sizeBytes(),
              entry.offsetBytes(),
              entry.sizeBytes(),
              wanted.name());
        }
        return entry;
      }
    }
    throw StackException.fix(
        "volume must be one of the sidecar's: volume=%s volumes=%s", wanted.name(), names(sidecar));
  }

  /** The volumes whose seals their keys made; refuses if one is not. */
  static List<ImageFile.Volume> unsealed(
      Path image, Sidecar sidecar, List<Sidecar.Volume> entries, KeyRing keys)
      throws StackException {
    List<ImageFile.Volume> volumes = new ArrayList<>();
    for (Sidecar.Volume entry : entries) {
      VolumeKey key = keys.get(entry.name());
      if (!Seal.matches(sidecar, entry, key)) {
        throw StackException.fix(
            "key does not match this image, or the sidecar was changed: image=%s%s",
            image, entry.name().isEmpty() ? "" : " volume=" + entry.name());
      }
      volumes.add(new ImageFile.Volume(entry, key));
    }
    volumes.sort((a, b) -> Sidecar.byOffset(a.entry(), b.entry()));
    return List.copyOf(volumes);
  }

  private static String names(Sidecar sidecar) {
    String shown =
        sidecar.volumes().stream()
            .limit(NAMES_SHOWN)
            .map(volume -> volume.name().isEmpty() ? "(the whole image)" : volume.name())
            .collect(Collectors.joining(","));
    int more = sidecar.volumes().size() - NAMES_SHOWN;
    return more > 0 ? shown + " and " + more + " more" : shown;
  }
}
