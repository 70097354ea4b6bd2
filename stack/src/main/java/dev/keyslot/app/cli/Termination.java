package dev.keyslot.app.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Lets SIGTERM and SIGINT end a command in good order and with its own exit code.
 *
 * <p>The JVM answers both by running its shutdown hooks and then exits with 143 or 130. Our hook
 * asks the command to stop and then waits, so that the main thread is the one that ends the
 * process.
 */
final class Termination implements AutoCloseable {

  /** True from the moment a signal was seen: only halting ends the process then. */
  private static volatile boolean signalled;

  /** What the JDK calls it. */
  private static final String RECORDER_HOOK = "JFR Shutdown Hook";

  private static final long RECORDING_MILLIS_MAX = 20_000;

  private final Thread hook;

  private Termination(Runnable stop) {
    hook =
        new Thread(
            () -> {
              signalled = true;
              stop.run();
              waitForTheEnd();
            },
            "signal");
  }

  /** Until closed, a signal calls {@code stop}, and the process ends when the command does. */
  static Termination calling(Runnable stop) {
    var termination = new Termination(stop);
    Runtime.getRuntime().addShutdownHook(termination.hook);
    return termination;
  }

  /** Ends the process. */
  static void exit(int code) {
    if (signalled) {
      awaitRecording();
      Runtime.getRuntime().halt(code);
    }
    System.exit(code);
  }

  /** A flight recording is written out by a hook of the JVM's that halting would cut short. */
  private static void awaitRecording() {
    try {
      for (Thread thread : Thread.getAllStackTraces().keySet()) {
        if (thread.getName().equals(RECORDER_HOOK)) {
          thread.join(RECORDING_MILLIS_MAX);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void waitForTheEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // A signal came: the hook runs, and waits for exit().
    }
  }
}
