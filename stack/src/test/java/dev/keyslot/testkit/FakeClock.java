package dev.keyslot.testkit;

import dev.keyslot.base.Checks;
import dev.keyslot.base.Clock;
import java.util.concurrent.atomic.AtomicLong;

/** Virtual time: stands still until a test, or {@link SteppedParker}, moves it. */
public final class FakeClock implements Clock {

  private final AtomicLong nanos = new AtomicLong();

  @Override
  public long nanoTime() {
    return nanos.get();
  }

  public void advance(long byNanos) {
    Checks.argument(byNanos >= 0, "time does not go back: byNanos=%d", byNanos);
    nanos.addAndGet(byNanos);
  }
}
