package dev.keyslot.app.image;

import dev.keyslot.base.Checks;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an operator says about an image: where it lies, and what of it he stated.
 *
 * <p>Empty means "not stated": the default on creation, the sidecar's value afterwards. Checked for
 * form, not yet against the disk. Immutable.
 *
 * @param image the image file
 * @param sizeBytes needed to create; otherwise must agree with the image
 * @param dataUnitBytes 512 or 4096; otherwise must agree with the sidecar
 * @param keyFile the key of the only volume; default: the image's name with {@code .key} added
 * @param volumes several volumes with their own keys; empty for one volume over the whole image
 */
public record ImageRequest(
    Path image,
    OptionalLong sizeBytes,
    OptionalInt dataUnitBytes,
    Optional<Path> keyFile,
    List<Volume> volumes) {

  /** What a new image gets if nothing is said. */
  public static final int DEFAULT_DATA_UNIT_BYTES = 4096;

  /** Refuses what no image can be. */
  public ImageRequest {
    volumes = List.copyOf(volumes);
    dataUnitBytes.ifPresent(ByteSize::checkDataUnit);
    int unitBytes = dataUnitBytes.orElse(512);
    sizeBytes.ifPresent(size -> ByteSize.checkImage(size, unitBytes));
    Checks.argument(
        volumes.isEmpty() || keyFile.isEmpty(),
        "a key file belongs to each volume when volumes are listed: keyFile=%s",
        keyFile.orElse(null));
    Set<String> names = new HashSet<>();
    for (Volume volume : volumes) {
      Checks.argument(
          names.add(volume.name()), "volume names must differ: volume=%s", volume.name());
    }
  }

  /** A request that states nothing but the image. */
  public static ImageRequest of(Path image) {
    return new ImageRequest(
        image, OptionalLong.empty(), OptionalInt.empty(), Optional.empty(), List.of());
  }

  /** The stated key file, or {@code IMAGE.key}. */
  public Path keyFileOrDefault() {
    return keyFile.orElseGet(() -> beside(image, ".key"));
  }

  /** The path of {@code image} with {@code suffix} added to its name. */
  public static Path beside(Path image, String suffix) {
    return image.resolveSibling(image.getFileName() + suffix);
  }

  /**
   * One volume of several.
   *
   * @param name 1 to {@value #NAME_BYTES_MAX} characters of letters, digits, dot, dash, underscore
   * @param offsetBytes from the start of the image
   */
  public record Volume(String name, long offsetBytes, long sizeBytes, Path keyFile) {

    /** Enough for any name, and a thousand of them fit a sidecar. */
    public static final int NAME_BYTES_MAX = 255;

    static final String NAME_FORM =
        "1 to " + NAME_BYTES_MAX + " letters, digits, dots, dashes or underscores";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1," + NAME_BYTES_MAX + "}");

    private static final Pattern FORM = Pattern.compile("([^=]+)=([^+,]+)\\+([^,]+),key-file=(.+)");

    /** Refuses a name that would need quoting somewhere. */
    public Volume {
      Checks.argument(isName(name), "volume name must be %s: name=%s", NAME_FORM, name);
    }

    static boolean isName(String text) {
      return NAME.matcher(text).matches();
    }

    /** Parses {@code NAME=OFFSET+SIZE,key-file=FILE}. */
    public static Volume parse(String text) {
      var matcher = FORM.matcher(text);
      Checks.argument(
          matcher.matches(), "volume must be NAME=OFFSET+SIZE,key-file=FILE: volume=%s", text);
      return new Volume(
          matcher.group(1),
          ByteSize.parse(matcher.group(2), "offset"),
          ByteSize.parse(matcher.group(3), "size"),
          Path.of(matcher.group(4)));
    }
  }
}
