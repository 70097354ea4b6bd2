package dev.keyslot.app.stack;

import dev.keyslot.base.Parker;
import java.util.concurrent.locks.LockSupport;

/** Parks real threads. Stateless. */
final class ThreadParker implements Parker {

  @Override
  public void park(Object blocker, long timeoutNanos) {
    LockSupport.parkNanos(blocker, timeoutNanos);
  }

  @Override
  public void unpark(Thread thread) {
    LockSupport.unpark(thread);
  }
}
