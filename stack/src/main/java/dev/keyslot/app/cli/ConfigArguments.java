package dev.keyslot.app.cli;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** A configuration file in place of everything else that {@code keyslot serve} is told. */
final class ConfigArguments {

  private static final String CONFIG = "config";

  private static final Set<String> BESIDE = Set.of(CONFIG, "metrics", Syntax.DEBUG);

  private ConfigArguments() {}

  static void declare(Syntax syntax) {
    syntax.value(CONFIG, "FILE", "Serve what a YAML file says; SIGHUP reads it anew.");
  }

  /** The file, if one was named; other words would contradict it, or be forgotten on reload. */
  static Optional<Path> file(Words words) {
    Optional<Path> file = words.path(CONFIG);
    if (file.isPresent()) {
      for (String option : words.options()) {
        if (!BESIDE.contains(option)) {
          throw contradicts("--" + option);
        }
      }
      if (!words.operands().isEmpty()) {
        throw contradicts(ImageArguments.LABEL);
      }
    }
    return file;
  }

  private static UsageException contradicts(String argument) {
    return new UsageException("with --config all else stands in the file: argument=" + argument);
  }
}
