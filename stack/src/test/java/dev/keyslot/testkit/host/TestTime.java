package dev.keyslot.testkit.host;

import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;

/** Time that passes only while somebody waits and nothing can run. One thread. */
public final class TestTime implements Clock, Parker {

  private long nanos;

  @Override
  public long nanoTime() {
    return nanos;
  }

  @Override
  public void park(Object blocker, long timeoutNanos) {
    nanos += timeoutNanos;
  }

  @Override
  public void unpark(Thread thread) {
    // Nobody ever really waits.
  }

  /** Lets time pass. */
  public void advance(long byNanos) {
    nanos += byNanos;
  }
}
