package dev.keyslot.testkit;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Keeps log lines for tests to look at. Safe from any thread. */
public final class RecordingLogger implements System.Logger {

  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> mistakes = new ConcurrentLinkedQueue<>();

  /** All messages, oldest first. */
  public List<String> lines() {
    return new ArrayList<>(lines);
  }

  /** Messages at level ERROR or with a stack trace. */
  public List<String> mistakes() {
    return new ArrayList<>(mistakes);
  }

  @Override
  public String getName() {
    return "recording";
  }

  @Override
  public boolean isLoggable(Level level) {
    return level.getSeverity() >= Level.INFO.getSeverity();
  }

  @Override
  public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
    lines.add(message);
    if (thrown != null || level == Level.ERROR) {
      mistakes.add(message + ": " + thrown);
    }
  }

  @Override
  public void log(Level level, ResourceBundle bundle, String format, Object... values) {
    String message =
        values == null || values.length == 0 ? format : MessageFormat.format(format, values);
    lines.add(message);
    if (level == Level.ERROR) {
      mistakes.add(message);
    }
  }
}
