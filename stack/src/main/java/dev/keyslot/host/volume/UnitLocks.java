package dev.keyslot.host.volume;

import dev.keyslot.base.BriefLock;
import dev.keyslot.base.Checks;

/**
 * Locks on ranges of data units: writers of whole units share a range, a read-modify-write has it
 * alone.
 *
 * <p>A holder that cannot be granted waits in order of arrival, without a thread: {@link #release}
 * tells who goes on. Nobody overtakes an earlier waiter that it overlaps. Reads take no lock: they
 * see each sector old or new, as on a disk. Without a read-modify-write about, taking and giving
 * back are a list insertion. Safe from any thread.
 */
final class UnitLocks {

  /**
   * What holds or awaits a range; embedded in whoever does. Guarded by the lock of its {@link
   * UnitLocks}.
   */
  abstract static class Holder {
    private long firstUnit;
    private long endUnit;
    private boolean exclusive;
    private Holder previous;
    private Holder next;
    private State state = State.IDLE;

    /** Runs the holder; called outside the lock, by the thread whose release granted the range. */
    abstract void granted();

    private boolean overlaps(Holder other) {
      return firstUnit < other.endUnit && other.firstUnit < endUnit;
    }

    private boolean conflictsWith(Holder other) {
      return (exclusive || other.exclusive) && overlaps(other);
    }
  }

  private enum State {
    IDLE,
    ACTIVE,
    WAITING,
    /** Granted by a release that has not yet run it. */
    GRANTED
  }

  private final BriefLock lock = new BriefLock();
  private final Chain active = new Chain();
  private final Chain waiting = new Chain();
  private int exclusivesAbout;

  /**
   * Asks for units {@code [firstUnit, endUnit)}.
   *
   * @return true if granted now; false if {@link Holder#granted} will run later
   */
  boolean take(Holder holder, long firstUnit, long endUnit, boolean exclusive) {
    lock.lock();
    try {
      Checks.that(
          holder.state == State.IDLE, "a holder takes one range at a time: state=%s", holder.state);
      holder.firstUnit = firstUnit;
      holder.endUnit = endUnit;
      holder.exclusive = exclusive;
      if (exclusive) {
        exclusivesAbout++;
      }
      boolean mustLook = exclusivesAbout > 0;
      if (mustLook && (active.conflicts(holder, null) || waiting.conflicts(holder, null))) {
        holder.state = State.WAITING;
        waiting.append(holder);
        return false;
      }
      holder.state = State.ACTIVE;
      active.append(holder);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Gives the range back and runs those who can now go on. */
  void release(Holder holder) {
    Holder grantedNow;
    lock.lock();
    try {
      Checks.that(
          holder.state == State.ACTIVE, "only an active holder releases: state=%s", holder.state);
      holder.state = State.IDLE;
      active.remove(holder);
      if (holder.exclusive) {
        exclusivesAbout--;
      }
      grantedNow = waiting.first == null ? null : grant();
    } finally {
      lock.unlock();
    }
    while (grantedNow != null) {
      Holder runs = grantedNow;
      lock.lock();
      try {
        grantedNow = nextGranted();
      } finally {
        lock.unlock();
      }
      runs.granted();
    }
  }

  /**
   * Marks every waiter that conflicts with nobody before it, moves it to the active ones; returns
   * the first.
   */
  private Holder grant() {
    Holder waiter = waiting.first;
    while (waiter != null) {
      Holder following = waiter.next;
      if (!active.conflicts(waiter, null) && !waiting.conflicts(waiter, waiter)) {
        waiting.remove(waiter);
        active.append(waiter);
        waiter.state = State.GRANTED;
      }
      waiter = following;
    }
    return nextGranted();
  }

  /** Takes one granted holder for this thread to run; null if there is none. */
  private Holder nextGranted() {
    for (Holder h = active.first; h != null; h = h.next) {
      if (h.state == State.GRANTED) {
        h.state = State.ACTIVE;
        return h;
      }
    }
    return null;
  }

  /** A doubly linked list through the holders: no allocation. */
  private static final class Chain {
    private Holder first;
    private Holder last;

    void append(Holder holder) {
      holder.previous = last;
      holder.next = null;
      if (last == null) {
        first = holder;
      } else {
        last.next = holder;
      }
      last = holder;
    }

    void remove(Holder holder) {
      if (holder.previous == null) {
        first = holder.next;
      } else {
        holder.previous.next = holder.next;
      }
      if (holder.next == null) {
        last = holder.previous;
      } else {
        holder.next.previous = holder.previous;
      }
      holder.previous = null;
      holder.next = null;
    }

    /** Whether {@code holder} conflicts with an entry before {@code end} (all entries if null). */
    boolean conflicts(Holder holder, Holder end) {
      for (Holder h = first; h != end; h = h.next) {
        if (holder.conflictsWith(h)) {
          return true;
        }
      }
      return false;
    }
  }
}
