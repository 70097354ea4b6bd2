package dev.keyslot.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;

/**
 * What may follow a command: options by name, and operands by place, in the order of the help.
 *
 * <p>Without reflection: to look at annotations took a tenth of a second of every start.
 */
final class Syntax {

  /** Every command has it. */
  static final String HELP = "help";

  /** Every command has it. */
  static final String DEBUG = "debug";

  /** A word that has its meaning from its place. */
  record Operand(String label, boolean required, String description) {}

  private final Options options = new Options();
  private final Set<String> required = new TreeSet<>();
  private final List<Operand> operands = new ArrayList<>();

  /** A word that must be there. */
  Syntax operand(String label, String description) {
    operands.add(new Operand(label, true, description));
    return this;
  }

  /** A word that may be there, behind those that must. */
  Syntax optionalOperand(String label, String description) {
    operands.add(new Operand(label, false, description));
    return this;
  }

  /** {@code --name}. */
  Syntax flag(String name, String description) {
    options.addOption(Option.builder().longOpt(name).desc(description).get());
    return this;
  }

  /** {@code --name}, which the help keeps to itself. */
  Syntax hiddenFlag(String name) {
    return flag(name, null);
  }

  /** {@code --name=LABEL} or {@code --name LABEL}. */
  Syntax value(String name, String label, String description) {
    options.addOption(
        Option.builder().longOpt(name).hasArg().argName(label).desc(description).get());
    return this;
  }

  /** A value without which there is nothing to do. */
  Syntax requiredValue(String name, String label, String description) {
    required.add(name);
    return value(name, label, description);
  }

  /** What every command takes, at the end of its help. */
  Syntax common() {
    return flag(HELP, "Show this help and exit.").flag(DEBUG, "Show the stack trace of an error.");
  }

  /** Those that the help shows. */
  List<Option> options() {
    return options.getOptions().stream().filter(option -> option.getDescription() != null).toList();
  }

  List<Operand> operands() {
    return operands;
  }

  boolean requires(Option option) {
    return required.contains(option.getLongOpt());
  }

  /**
   * Reads a command's own words; with {@code --help} among them nothing need be complete.
   *
   * @throws UsageException naming the word that is unknown, lacks its value, or is missing
   */
  Words parse(List<String> arguments) {
    CommandLine line = parse(arguments, false);
    if (!line.hasOption(HELP)) {
      checkComplete(line);
    }
    return new Words(line);
  }

  /** Reads options up to the first word that is none; the rest are operands. */
  Words parseLeading(List<String> arguments) {
    return new Words(parse(arguments, true));
  }

  private CommandLine parse(List<String> arguments, boolean leading) {
    var parser =
        DefaultParser.builder()
            .setAllowPartialMatching(false)
            .setStripLeadingAndTrailingQuotes(false)
            .get();
    arguments.stream().takeWhile(word -> !word.equals("--")).forEach(this::refuseSingleDash);
    try {
      return parser.parse(options, arguments.toArray(String[]::new), leading);
    } catch (UnrecognizedOptionException e) {
      throw UsageException.unknownOption(e.getOption());
    } catch (MissingArgumentException e) {
      Option option = e.getOption();
      throw new UsageException(
          "missing required parameter for option '--%s' (%s)"
              .formatted(option.getLongOpt(), option.getArgName()));
    } catch (ParseException e) {
      throw new IllegalStateException("no other rule was declared", e);
    }
  }

  /** The parser would take a long name behind one dash too. */
  private void refuseSingleDash(String word) {
    String name = word.split("=", -1)[0];
    boolean single = name.startsWith("-") && !name.startsWith("--");
    if (single && options.hasLongOption(name)) {
      throw UsageException.unknownOption(name);
    }
  }

  private void checkComplete(CommandLine line) {
    for (String name : required) {
      if (!line.hasOption(name)) {
        throw new UsageException(
            "missing required option: '--%s=%s'"
                .formatted(name, options.getOption(name).getArgName()));
      }
    }
    List<String> given = line.getArgList();
    for (int i = given.size(); i < operands.size(); i++) {
      if (operands.get(i).required()) {
        throw UsageException.missingOperand(operands.get(i).label());
      }
    }
    if (given.size() > operands.size()) {
      throw new UsageException("unexpected word: '%s'".formatted(given.get(operands.size())));
    }
  }
}
