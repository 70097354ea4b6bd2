package dev.keyslot.host.block.crypto;

import java.util.concurrent.atomic.AtomicLong;

/** What happened in a keyslot manager since it was initialised. Safe from any thread. */
public final class KeyslotCounters {

  final AtomicLong hits = new AtomicLong();
  final AtomicLong programs = new AtomicLong();
  final AtomicLong evictions = new AtomicLong();
  final AtomicLong waits = new AtomicLong();
  final AtomicLong waitNanos = new AtomicLong();

  KeyslotCounters() {}

  /** Slots taken whose key was there already. */
  public long hits() {
    return hits.get();
  }

  /** Keys programmed because a request needed them. */
  public long programs() {
    return programs.get();
  }

  /** Keys evicted on demand; making room is not counted. */
  public long evictions() {
    return evictions.get();
  }

  /** Threads that had to wait for a slot. */
  public long waits() {
    return waits.get();
  }

  /** How long they waited, together. */
  public long waitNanos() {
    return waitNanos.get();
  }

  void clear() {
    hits.set(0);
    programs.set(0);
    evictions.set(0);
    waits.set(0);
    waitNanos.set(0);
  }
}
