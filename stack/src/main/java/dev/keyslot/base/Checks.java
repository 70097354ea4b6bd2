package dev.keyslot.base;

/**
 * Checks of our own mistakes; always on. What comes from outside is refused with a value instead.
 */
public final class Checks {

  private Checks() {}

  /**
   * Fails with {@link IllegalStateException} unless {@code condition} holds.
   *
   * @param message a {@link String#format} text naming the thing, the expectation and the values
   */
  public static void that(boolean condition, String message, Object... values) {
    if (!condition) {
      throw new IllegalStateException(String.format(message, values));
    }
  }

  /**
   * Fails with {@link IllegalArgumentException} unless {@code condition} holds.
   *
   * @param message a {@link String#format} text naming the argument, its range and its value
   */
  public static void argument(boolean condition, String message, Object... values) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
