package dev.keyslot.app.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/**
 * What was typed behind a command, by the names of a {@link Syntax}.
 *
 * <p>Options that take one value may be given once. Whoever asks for a value of the wrong form gets
 * a {@link UsageException} that names option and value.
 */
final class Words {

  private final CommandLine line;

  Words(CommandLine line) {
    this.line = line;
  }

  /** Whether {@code --option} was given. */
  boolean has(String option) {
    return line.hasOption(option);
  }

  /** Names of the options that were given, in the order of the command line. */
  List<String> options() {
    return Stream.of(line.getOptions()).map(Option::getLongOpt).distinct().toList();
  }

  /** Words that are no options. */
  List<String> operands() {
    return line.getArgList();
  }

  /** An operand that the syntax requires. */
  Path operandPath(int index) {
    return toPath(operands().get(index));
  }

  /** All values of a repeatable option. */
  List<String> texts(String option) {
    String[] values = line.getOptionValues(option);
    return values == null ? List.of() : List.of(values);
  }

  Optional<String> text(String option) {
    List<String> values = texts(option);
    if (values.size() > 1) {
      throw new UsageException("option '--%s' should be specified only once".formatted(option));
    }
    return values.stream().findFirst();
  }

  Optional<Path> path(String option) {
    return text(option).map(Words::toPath);
  }

  /** All values of a repeatable option. */
  List<Path> paths(String option) {
    return texts(option).stream().map(Words::toPath).toList();
  }

  private static Path toPath(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new UsageException("path cannot be: " + e.getMessage(), e);
    }
  }

  /** A whole number that fits an {@code int}. */
  Optional<Integer> integer(String option) {
    return text(option)
        .map(text -> (int) whole(option, text, Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  /** A whole number. */
  Optional<Long> whole(String option) {
    return text(option).map(text -> whole(option, text, Long.MIN_VALUE, Long.MAX_VALUE));
  }

  private static long whole(String option, String text, long min, long max) {
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw invalid(option, text, "no whole number", e);
    }
    throw invalid(option, text, "not from " + min + " to " + max, null);
  }

  /** One of an enumeration's names, in any case. */
  <E extends Enum<E>> Optional<E> choice(String option, Class<E> kinds) {
    return text(option).map(text -> choice(option, text, kinds.getEnumConstants()));
  }

  private static <E extends Enum<E>> E choice(String option, String text, E[] kinds) {
    return Arrays.stream(kinds)
        .filter(kind -> kind.name().equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () ->
                invalid(
                    option,
                    text,
                    Arrays.stream(kinds)
                        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(", ", "none of ", "")),
                    null));
  }

  private static UsageException invalid(
      String option, String text, String why, IllegalArgumentException cause) {
    return new UsageException(
        "invalid value for option '--%s': '%s' is %s".formatted(option, text, why), cause);
  }
}
