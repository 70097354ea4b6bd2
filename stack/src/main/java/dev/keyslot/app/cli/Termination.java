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
      Runtime.getRuntime().halt(code);
    }
    System.exit(code);
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
