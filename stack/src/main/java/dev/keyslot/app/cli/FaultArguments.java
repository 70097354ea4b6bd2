package dev.keyslot.app.cli;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How {@code serve} makes its silicon misbehave, to test what stands in front of it. */
final class FaultArguments {

  private static final String HELP = "help";

  private static final String FORM =
      """
      A plan is rules on lines of their own in a file, or separated by commas:
        POINT [index N] [after N] [boot] [always|nth N|every N|first N|probability P]
      Words are separated by blanks, @ or =; # starts a comment. For example:
        --faults read-crc@probability=0.01,flush-fails@nth=3

      """;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  private String plan = "";

  @Option(
      names = "--seed",
      paramLabel = "N",
      order = 31,
      description = "Seed of what --faults and --reset-every leave to chance; default 1.")
  private long seed = 1;

  @Option(
      names = "--reset-every",
      paramLabel = "OPS",
      order = 32,
      description = "Test switch: card or controller lose their state about every OPS operations.")
  private long resetEvery;

  FaultArguments() {}

  /** Ends parsing: the operator wants to read, not to serve. Exit code 0. */
  static final class CatalogueWanted extends ParameterException {
    private static final long serialVersionUID = 1;

    private CatalogueWanted(CommandLine line, String text) {
      super(line, text);
    }
  }

  @SuppressWarnings("UnusedMethod") // the parser calls it
  @Option(
      names = "--faults",
      paramLabel = "PLAN",
      order = 30,
      description = "Test switch: make the silicon fail as a file or a list says; help lists all.")
  private void setPlan(String value) {
    if (value.equals(HELP)) {
      throw new CatalogueWanted(command.commandLine(), FORM + Disturbance.catalogue());
    }
    plan = value;
  }

  /** A line for whoever starts the server, if the silicon is to misbehave. */
  Optional<String> warning() {
    return plan.isEmpty() && resetEvery == 0
        ? Optional.empty()
        : Optional.of(
            "silicon misbehaves as planned, seed " + seed + ": not for data that matters");
  }

  /** How the silicon misbehaves, as was asked for. */
  Disturbance disturbance() throws StackException {
    if (resetEvery < 0) {
      throw usage("--reset-every must be at least 0: resetEvery=" + resetEvery, null);
    }
    Path file = Path.of(plan);
    boolean inFile = !plan.isEmpty() && Files.isRegularFile(file);
    try {
      return Disturbance.of(inFile ? Files.readString(file) : plan, resetEvery, seed);
    } catch (IllegalArgumentException e) {
      String place = inFile ? "--faults " + file : "--faults";
      throw usage("%s: %s".formatted(place, e.getMessage()), e);
    } catch (CharacterCodingException e) {
      throw StackException.fix("fault plan must be UTF-8 text: faults=%s", plan);
    } catch (IOException e) {
      throw StackException.fix("fault plan must be readable: faults=%s: %s", plan, e.getMessage());
    }
  }

  private ParameterException usage(String message, Exception cause) {
    return new ParameterException(command.commandLine(), message, cause);
  }
}
