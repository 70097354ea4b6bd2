package dev.keyslot.app.cli;

import java.util.function.Supplier;

/** A command line that cannot be meant; the message is a line for whoever typed it. */
final class UsageException extends RuntimeException {

  private static final long serialVersionUID = 1;

  UsageException(String message) {
    super(message);
  }

  /**
   * The same, with what stands behind it for {@code --debug}.
   *
   * @param cause null for nothing
   */
  UsageException(String message, IllegalArgumentException cause) {
    super(message, cause);
  }

  /** A name that no option has, dashes included. */
  static UsageException unknownOption(String name) {
    return new UsageException("unknown option: '" + name + "'");
  }

  /** A word that was not typed, by its label in the help. */
  static UsageException missingOperand(String label) {
    return new UsageException("missing required parameter: '" + label + "'");
  }

  /** What {@code maker} makes; what it refuses is wrong usage. */
  static <T> T ifRefused(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e.getMessage(), e);
    }
  }
}
