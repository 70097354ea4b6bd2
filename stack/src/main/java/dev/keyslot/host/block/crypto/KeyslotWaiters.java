package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Parker;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The threads that wait for an idle keyslot, in order of arrival.
 *
 * <p>A released slot wakes the first of them. Whoever finds that its own group may have no more
 * slots passes the turn on. A waiter enlists before it looks for a slot again, and wakes the next
 * when it leaves, so that no wake-up is lost. Safe from any thread; its lock is a leaf.
 */
final class KeyslotWaiters {

  /** One waiting thread. */
  static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private final Parker parker;

    /** Whether its group's share, not the lack of slots, holds it. Guarded by the lock. */
    private boolean heldByShare;

    Waiter(Parker parker) {
      this.parker = parker;
    }

    void park() {
      parker.park(this, Long.MAX_VALUE);
    }
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<Waiter> queue = new ArrayDeque<>();

  /** The queue's length, for a look without the lock. */
  private volatile int waiting;

  Waiter enlist(Parker parker) {
    Waiter waiter = new Waiter(parker);
    lock.lock();
    try {
      queue.addLast(waiter);
      waiting = queue.size();
    } finally {
      lock.unlock();
    }
    return waiter;
  }

  /** Takes {@code waiter} out and lets the next one look. */
  void leave(Waiter waiter) {
    lock.lock();
    try {
      queue.remove(waiter);
      waiting = queue.size();
    } finally {
      lock.unlock();
    }
    wakeFirst();
  }

  /**
   * Whether {@code waiter} (null for somebody who does not wait) may take an idle slot now: only if
   * no other waiter who could use it came before.
   */
  boolean mayTake(Waiter waiter) {
    if (waiting == 0) {
      return true;
    }
    lock.lock();
    try {
      if (waiter != null) {
        waiter.heldByShare = false;
      }
      for (Waiter first : queue) {
        if (!first.heldByShare) {
          return first == waiter;
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Lets those behind {@code waiter} go first until a slot is released. */
  void passTurn(Waiter waiter) {
    lock.lock();
    try {
      waiter.heldByShare = true;
    } finally {
      lock.unlock();
    }
    wakeFirst();
  }

  /** A slot was released: everybody's share may have changed. */
  void slotReleased() {
    if (waiting == 0) {
      return;
    }
    lock.lock();
    try {
      for (Waiter waiter : queue) {
        waiter.heldByShare = false;
      }
    } finally {
      lock.unlock();
    }
    wakeFirst();
  }

  private void wakeFirst() {
    if (waiting == 0) {
      return;
    }
    lock.lock();
    try {
      for (Waiter first : queue) {
        if (!first.heldByShare) {
          first.parker.unpark(first.thread);
          return;
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
