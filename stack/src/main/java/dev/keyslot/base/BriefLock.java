package dev.keyslot.base;

import java.io.Serial;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** A lock for sections of a few microseconds: {@link Patience} comes before parking. Not fair. */
public final class BriefLock extends ReentrantLock {

  @Serial private static final long serialVersionUID = 1;

  private final transient BooleanSupplier got = this::tryIfFree;

  @Override
  public void lock() {
    if (!tryLock() && !Patience.until(got)) {
      super.lock();
    }
  }

  private boolean tryIfFree() {
    return !isLocked() && tryLock();
  }
}
