package dev.keyslot.app.cli;

import dev.keyslot.app.image.StackException;
import java.io.PrintWriter;

/**
 * Errors as the operator sees them: one line, and no stack trace unless asked for.
 *
 * @param err standard error
 * @param debug whether traces were asked for
 */
record Errors(PrintWriter err, boolean debug) {

  /** The command line cannot be meant; {@code command} as it was called. */
  void usage(String command, UsageException exception) {
    print(oneLine(exception.getMessage()) + " (see " + command + " --help)", exception);
  }

  /** The command failed. */
  void failure(Exception exception) {
    print(
        exception instanceof StackException
            ? oneLine(exception.getMessage())
            : "internal error, a bug (--%s shows where): %s"
                .formatted(Syntax.DEBUG, oneLine(exception.toString())),
        exception);
  }

  private void print(String line, Exception exception) {
    err.println("keyslot: " + line);
    if (debug) {
      exception.printStackTrace(err);
    }
    err.flush();
  }

  private static String oneLine(String text) {
    return text == null ? "no reason given" : text.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
