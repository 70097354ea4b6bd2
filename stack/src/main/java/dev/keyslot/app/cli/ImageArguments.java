package dev.keyslot.app.cli;

import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What every command that makes or opens an image is told about it. */
final class ImageArguments {

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Parameters(arity = "0..1", paramLabel = "IMAGE", description = "The image file.")
  private Path image;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      order = 3,
      description = "64 raw bytes or 128 hex digits, mode 0600 (default: IMAGE.key).")
  private Path keyFile;

  @Option(
      names = "--volume",
      paramLabel = "NAME=OFFSET+SIZE,key-file=FILE",
      order = 4,
      description = "One of several volumes, each with its own key; repeatable.")
  private List<String> volumes = new ArrayList<>();

  ImageArguments() {}

  /** The request these arguments make, together with a size and a data unit if they were stated. */
  ImageRequest request(String size, Integer dataUnitBytes) {
    if (image == null) {
      throw new ParameterException(command.commandLine(), "missing required parameter: 'IMAGE'");
    }
    return checked(
        () ->
            new ImageRequest(
                image,
                size == null ? OptionalLong.empty() : OptionalLong.of(ByteSize.parse(size, "size")),
                dataUnitBytes == null ? OptionalInt.empty() : OptionalInt.of(dataUnitBytes),
                Optional.ofNullable(keyFile),
                volumes.stream().map(ImageRequest.Volume::parse).toList()));
  }

  /** Turns what a constructor refuses into a usage error of the command. */
  <T> T checked(java.util.function.Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
