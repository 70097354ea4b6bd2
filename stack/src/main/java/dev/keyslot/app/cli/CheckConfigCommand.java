package dev.keyslot.app.cli;

import dev.keyslot.app.config.ConfigFile;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code keyslot check-config}: says whether {@code serve --config} would take a file. */
@Command(
    name = "check-config",
    sortOptions = false,
    description = {
      "Check a configuration file, and the images, keys and certificates it names.",
      "",
      "Locks nothing and changes nothing: the images may be in service.",
      ""
    })
final class CheckConfigCommand implements Callable<Integer> {

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "The configuration file.")
  private Path file;

  CheckConfigCommand() {}

  @Override
  public Integer call() throws StackException {
    ServeConfig config = ConfigFile.read(file);
    config.tls().load();
    int volumes = 0;
    for (ServeConfig.Image image : config.images()) {
      try (ImageFile opened = ImageFile.open(image.request(), ImageFile.Access.PEEK)) {
        volumes += opened.volumes().size();
      }
    }
    command
        .commandLine()
        .getOut()
        .printf("%s: %d images, %d volumes: ok%n", file, config.images().size(), volumes);
    return 0;
  }
}
