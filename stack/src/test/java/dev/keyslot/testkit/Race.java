package dev.keyslot.testkit;

import java.util.concurrent.atomic.AtomicInteger;

/** Two things done at the same moment by two threads. */
public final class Race {

  private Race() {}

  /** Runs both, the first on this thread; returns when both are done. */
  public static void of(Runnable one, Runnable other) throws InterruptedException {
    AtomicInteger ready = new AtomicInteger();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  meet(ready);
                  other.run();
                });
    meet(ready);
    one.run();
    thread.join();
  }

  /** Spins: what wakes up from a wait comes microseconds later. */
  private static void meet(AtomicInteger ready) {
    ready.incrementAndGet();
    while (ready.get() < 2) {
      Thread.onSpinWait();
    }
  }
}
