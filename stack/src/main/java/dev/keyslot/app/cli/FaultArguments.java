package dev.keyslot.app.cli;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

  private static final String PLAN = "faults";
  private static final String SEED = "seed";
  private static final String RESET_EVERY = "reset-every";
  private static final long SEED_DEFAULT = 1;

  private FaultArguments() {}

  static void declare(Syntax syntax) {
    syntax
        .value(
            PLAN,
            "PLAN",
            "Test switch: make the silicon fail as a file or a list says; help lists all.")
        .value(SEED, "N", "Seed of what --faults and --reset-every leave to chance; default 1.")
        .value(
            RESET_EVERY,
            "OPS",
            "Test switch: card or controller lose their state about every OPS operations.");
  }

  /** What there is to choose from, if the operator wants to read and not to serve. */
  static Optional<String> catalogue(Words words) {
    return plan(words).equals(HELP)
        ? Optional.of(FORM + Disturbance.catalogue())
        : Optional.empty();
  }

  /** A line for whoever starts the server, if the silicon is to misbehave. */
  static Optional<String> warning(Words words) {
    return plan(words).isEmpty() && resetEvery(words) == 0
        ? Optional.empty()
        : Optional.of(
            "silicon misbehaves as planned, seed " + seed(words) + ": not for data that matters");
  }

  /** How the silicon misbehaves, as was asked for. */
  static Disturbance disturbance(Words words) throws StackException {
    String plan = plan(words);
    if (resetEvery(words) < 0) {
      throw new UsageException("--reset-every must be at least 0: resetEvery=" + resetEvery(words));
    }
    Path file = Path.of(plan);
    boolean inFile = !plan.isEmpty() && Files.isRegularFile(file);
    try {
      return Disturbance.of(inFile ? Files.readString(file) : plan, resetEvery(words), seed(words));
    } catch (IllegalArgumentException e) {
      String place = inFile ? "--faults " + file : "--faults";
      throw new UsageException("%s: %s".formatted(place, e.getMessage()), e);
    } catch (CharacterCodingException e) {
      throw StackException.fix("fault plan must be UTF-8 text: faults=%s", plan);
    } catch (IOException e) {
      throw StackException.fix("fault plan must be readable: faults=%s: %s", plan, e.getMessage());
    }
  }

  private static String plan(Words words) {
    return words.text(PLAN).orElse("");
  }

  private static long seed(Words words) {
    return words.whole(SEED).orElse(SEED_DEFAULT);
  }

  private static long resetEvery(Words words) {
    return words.whole(RESET_EVERY).orElse(0L);
  }
}
