package dev.keyslot.app.cli;

import dev.keyslot.app.config.ConfigFile;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** {@code keyslot check-config}: says whether {@code serve --config} would take a file. */
final class CheckConfigCommand implements Command {

  CheckConfigCommand() {}

  @Override
  public String name() {
    return "check-config";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Check a configuration file, and the images, keys and certificates it names.",
        "",
        "Locks nothing and changes nothing: the images may be in service.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax.operand("FILE", "The configuration file.");
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    Path file = words.operandPath(0);
    ServeConfig config = ConfigFile.read(file);
    config.tls().load();
    int volumes = 0;
    for (ServeConfig.Image image : config.images()) {
      try (ImageFile opened = ImageFile.open(image.request(), ImageFile.Access.PEEK)) {
        volumes += opened.volumes().size();
      }
    }
    out.printf("%s: %d images, %d volumes: ok%n", file, config.images().size(), volumes);
    out.flush();
  }
}
