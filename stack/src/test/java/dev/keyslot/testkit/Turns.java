package dev.keyslot.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;

/** Runs steps one after another, each in a thread of its own: a lock kept by one stops the next. */
public final class Turns {

  private static final Duration LIMIT = Duration.ofMinutes(1);

  private Turns() {}

  /** What a thread does. */
  public interface Step {
    void run() throws Exception;
  }

  /** Fails if a step does not end, or fails. */
  public static void of(Step... steps) throws InterruptedException {
    for (Step step : steps) {
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .start(
                  () -> {
                    try {
                      step.run();
                    } catch (Throwable thrown) {
                      failure.set(thrown);
                    }
                  });
      assertThat(thread.join(LIMIT)).as("its turn came").isTrue();
      assertThat(failure.get()).isNull();
    }
  }
}
