package dev.keyslot.app.image;

import java.io.Serial;

/**
 * A set-up that cannot go on: one line for the operator, and what kind of thing to do about it.
 *
 * <p>The message names the thing, the expectation and the value, and holds no key material.
 */
public final class StackException extends Exception {

  @Serial private static final long serialVersionUID = 1L;

  /** What the operator can do. */
  public enum Category {
    /** The command, a key, or a file is not what it must be: change it. */
    FIX_CONFIG,
    /** Something is in use by somebody else: try again when it is free. */
    RETRY,
    /** The machine or the medium failed. */
    GIVE_UP
  }

  private final Category category;

  /** An explanation without a cause that would tell more. */
  public StackException(Category category, String message) {
    super(message);
    this.category = category;
  }

  /** An explanation of {@code cause}. */
  public StackException(Category category, String message, Throwable cause) {
    super(message, cause);
    this.category = category;
  }

  /** {@link Category#FIX_CONFIG} with a {@link String#format} message. */
  public static StackException fix(String message, Object... values) {
    return new StackException(Category.FIX_CONFIG, String.format(message, values));
  }

  /** What the operator can do. */
  public Category category() {
    return category;
  }
}
