package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What every command that makes or opens an image is told about it. */
final class ImageArguments {

  static final String LABEL = "IMAGE";
  static final String MEANING = "The image file.";
  static final String SIZE = "size";
  static final String DATA_UNIT = "data-unit";
  static final String KEY_FILE = "key-file";

  private static final String VOLUME = "volume";

  private ImageArguments() {}

  /** What stands behind size and data unit, whose meaning is the command's. */
  static void declareKeys(Syntax syntax) {
    syntax
        .value(KEY_FILE, "FILE", "64 raw bytes or 128 hex digits, mode 0600 (default: IMAGE.key).")
        .value(
            VOLUME,
            "NAME=OFFSET+SIZE,key-file=FILE",
            "One of several volumes, each with its own key; repeatable.");
  }

  /** The request that the words make; size and data unit only if the command has them. */
  static ImageRequest request(Words words) {
    if (words.operands().isEmpty()) {
      throw UsageException.missingOperand(LABEL);
    }
    Path image = words.operandPath(0);
    var size = words.text(SIZE);
    var dataUnitBytes = words.integer(DATA_UNIT);
    var keyFile = words.path(KEY_FILE);
    return UsageException.ifRefused(
        () ->
            new ImageRequest(
                image,
                size.map(text -> OptionalLong.of(ByteSize.parse(text, SIZE)))
                    .orElse(OptionalLong.empty()),
                dataUnitBytes.map(OptionalInt::of).orElse(OptionalInt.empty()),
                keyFile,
                words.texts(VOLUME).stream().map(ImageRequest.Volume::parse).toList()));
  }
}
