package dev.keyslot.base;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Lends the calling thread to the stack until something the thread waits for is done.
 *
 * <p>A driving thread runs every agent in turn, its own work and that of others alike, and parks
 * only when no agent can do anything. Invariant: work that can be claimed never waits for a parked
 * thread: a thread that made progress, and a thread that leaves, wakes one that is parked if there
 * is more to claim. Safe from any thread.
 */
public final class Drive {

  /** What a thread waits for. */
  public abstract static class Turn {

    private final AtomicInteger open = new AtomicInteger();
    private final BooleanSupplier isDone = this::done;
    private volatile Thread driver;

    /** Says how many things must be {@link #finishOne finished}; call before starting them. */
    protected final void begin(int count) {
      Checks.that(
          open.get() == 0, "a turn begins only after the last one ended: open=%d", open.get());
      open.set(count);
    }

    /** One thing is done; whoever finishes the last one wakes the waiting thread. */
    public final void finishOne(Parker parker) {
      int left = open.decrementAndGet();
      Checks.that(left >= 0, "more things finished than begun: left=%d", left);
      if (left == 0) {
        Thread waiting = driver;
        if (waiting != null && waiting != Thread.currentThread()) {
          parker.unpark(waiting);
        }
      }
    }

    /** Whether everything is finished. */
    public final boolean done() {
      return open.get() == 0;
    }
  }

  private final Parker parker;
  private final BooleanSupplier claimable;
  private final Agent[] agents;

  /** Threads that found nothing to do, oldest first. */
  private final ConcurrentLinkedQueue<Thread> parked = new ConcurrentLinkedQueue<>();

  /**
   * A drive over agents that are run in the order given.
   *
   * @param claimable whether some agent would find work now; cheap, safe from any thread
   * @param agents each must be safe to run from several threads at once
   */
  public Drive(Parker parker, BooleanSupplier claimable, Agent... agents) {
    this.parker = parker;
    this.claimable = claimable;
    this.agents = agents.clone();
  }

  /** Where threads of this drive wait. */
  public Parker parker() {
    return parker;
  }

  /** Runs each agent once. Returns the work done. */
  public int step() {
    int work = 0;
    for (Agent agent : agents) {
      work += agent.doWork();
    }
    return work;
  }

  /** Works until {@code turn} is done. */
  public void until(Turn turn) {
    Thread self = Thread.currentThread();
    turn.driver = self;
    while (!turn.done()) {
      if (step() == 0 && !turn.done()) {
        waitForWork(turn, self);
      } else {
        shareWork();
      }
    }
    turn.driver = null;
    shareWork();
  }

  /**
   * Wakes a parked thread if there is work for it; called after anything that may have made some.
   */
  public void shareWork() {
    if (!parked.isEmpty() && claimable.getAsBoolean()) {
      Thread thread = parked.poll();
      if (thread != null) {
        parker.unpark(thread);
      }
    }
  }

  private void waitForWork(Turn turn, Thread self) {
    if (Patience.until(turn.isDone)) {
      return; // another thread had it in hand
    }
    parked.add(self);
    // Look again after being listed: work that came up in between has seen no listed thread.
    if (step() == 0 && !turn.done()) {
      parker.park(this, Long.MAX_VALUE);
    }
    parked.remove(self);
  }
}
