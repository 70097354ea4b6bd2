package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Errors as the operator sees them: one line, and no stack trace unless asked for. */
final class Errors {

  private static final String DEBUG = "--debug";

  private Errors() {}

  /** The command line cannot be meant: exit code 2. */
  static int usage(ParameterException exception, String[] args) {
    CommandLine command = exception.getCommandLine();
    if (exception instanceof FaultArguments.CatalogueWanted wanted) {
      command.getOut().print(wanted.getMessage());
      command.getOut().flush();
      return command.getCommandSpec().exitCodeOnUsageHelp();
    }
    String line = oneLine(exception.getMessage());
    // The parser's own messages start as sentences do; ours do not.
    line = line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
    print(command, line + " (see " + command.getCommandSpec().qualifiedName() + " --help)");
    if (java.util.Arrays.asList(args).contains(DEBUG)) {
      exception.printStackTrace(command.getErr());
    }
    return command.getCommandSpec().exitCodeOnInvalidInput();
  }

  /** The command failed: exit code 1. */
  static int failure(Exception exception, CommandLine command, ParseResult result) {
    print(command, describe(exception));
    if (command.getParseResult().originalArgs().contains(DEBUG)
        || result.originalArgs().contains(DEBUG)) {
      exception.printStackTrace(command.getErr());
    }
    return command.getCommandSpec().exitCodeOnExecutionException();
  }

  private static String describe(Exception exception) {
    return exception instanceof StackException
        ? oneLine(exception.getMessage())
        : "internal error, a bug (%s shows where): %s"
            .formatted(DEBUG, oneLine(exception.toString()));
  }

  private static void print(CommandLine command, String line) {
    command.getErr().println("keyslot: " + line);
  }

  private static String oneLine(String text) {
    return text == null ? "no reason given" : text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
