package dev.keyslot.testkit;

import java.lang.reflect.Method;

/**
 * Silences the log of some rooms for the time of a test whose faults, by the thousand, would all be
 * logged.
 *
 * <p>Our code logs through {@code System.Logger} and reads no logging module; hence by reflection.
 */
public final class QuietLogs implements AutoCloseable {

  private static final String LEVEL = "java.util.logging.Level";

  /** Kept, so that the level set on it lasts. */
  private final Object logger;

  private QuietLogs(Object logger) {
    this.logger = logger;
  }

  /** Silences everything below {@code name} until it is closed. */
  public static QuietLogs of(String name) {
    try {
      Class<?> type = Class.forName("java.util.logging.Logger");
      QuietLogs quiet = new QuietLogs(type.getMethod("getLogger", String.class).invoke(null, name));
      quiet.set(Class.forName(LEVEL).getField("OFF").get(null));
      return quiet;
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the JDK's own logging must be there", e);
    }
  }

  private void set(Object level) throws ReflectiveOperationException {
    Method setLevel = logger.getClass().getMethod("setLevel", Class.forName(LEVEL));
    setLevel.invoke(logger, level);
  }

  @Override
  public void close() {
    try {
      set(null);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("the level must go back to its parent's", e);
    }
  }
}
