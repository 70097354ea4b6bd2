package dev.keyslot.app.cli;

import dev.keyslot.app.config.ConfigFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import java.nio.file.Path;
import java.util.Set;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** A configuration file in place of everything else that {@code keyslot serve} is told. */
final class ConfigArguments {

  private static final Set<String> BESIDE = Set.of("--config", "--metrics", "--debug", "--help");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      order = 0,
      description = "Serve what a YAML file says; SIGHUP reads it anew.")
  private Path file;

  ConfigArguments() {}

  boolean given() {
    return file != null;
  }

  /** What the file says now. */
  ServeConfig read() throws StackException {
    return ConfigFile.read(file);
  }

  /** Refuses other words: they would contradict the file, or be forgotten on reload. */
  void refuseOthers() {
    ParseResult result = command.commandLine().getParseResult();
    for (ArgSpec argument : result.matchedArgs()) {
      String name =
          argument instanceof picocli.CommandLine.Model.OptionSpec option
              ? option.longestName()
              : argument.paramLabel();
      if (!BESIDE.contains(name)) {
        throw new ParameterException(
            command.commandLine(), "with --config all else stands in the file: argument=" + name);
      }
    }
  }
}
