package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.StampedLock;
import java.util.function.BooleanSupplier;

/**
 * How slots are taken, given back, emptied and programmed again; see {@link KeyslotManager}.
 *
 * <p>The write lock is held around every call to the hardware and every change of a slot's key; a
 * key that already has a slot is found under the read lock. The device is resumed before the lock
 * is taken, because resuming may program all keys again. A test plants a race in a subclass.
 */
class KeyslotCore {

  private static final System.Logger LOG = System.getLogger(KeyslotManager.class.getName());

  private final StampedLock lock = new StampedLock();
  private final BooleanSupplier free = this::isFree;
  private final KeyslotWaiters waiters = new KeyslotWaiters();
  private final KeyslotTable table;
  private final KeyslotHardware hardware;
  private final KeyslotManager.Counters counters;

  /** Slots that keys of one group may hold at most. */
  private volatile int groupShare;

  KeyslotCore(int slots, KeyslotHardware hardware, KeyslotManager.Counters counters) {
    table = new KeyslotTable(slots);
    groupShare = slots;
    this.hardware = hardware;
    this.counters = counters;
  }

  KeyslotTable table() {
    return table;
  }

  void setGroupShare(int slots) {
    groupShare = slots;
  }

  /** {@link KeyslotManager#tryAcquire}; {@code self} is null for a caller who does not wait. */
  int tryAcquire(CryptoKey key, KeyslotWaiters.Waiter self) throws KeyslotException {
    int slot = hit(key);
    if (slot != KeyslotTable.NONE) {
      return slot;
    }
    hardware.resume();
    try {
      long stamp = lockForWriting();
      try {
        return acquireLocked(key, self);
      } finally {
        lock.unlockWrite(stamp);
      }
    } finally {
      hardware.allowSleep();
    }
  }

  /** The fast path: the key has a slot already. */
  int hit(CryptoKey key) {
    long stamp = lockForReading();
    try {
      return grabIfThere(key);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /** Programming takes a few microseconds: waking a parked thread would take longer. */
  private long lockForWriting() {
    long stamp = lock.tryWriteLock();
    while (stamp == 0 && Parker.patiently(free)) {
      stamp = lock.tryWriteLock();
    }
    return stamp == 0 ? lock.writeLock() : stamp;
  }

  private boolean isFree() {
    return !lock.isWriteLocked();
  }

  private long lockForReading() {
    long stamp = lock.tryReadLock();
    while (stamp == 0 && Parker.patiently(free)) {
      stamp = lock.tryReadLock();
    }
    return stamp == 0 ? lock.readLock() : stamp;
  }

  final int grabIfThere(CryptoKey key) {
    int slot = table.find(key);
    if (slot != KeyslotTable.NONE) {
      table.grab(slot);
      counters.hits.getAndIncrement();
    }
    return slot;
  }

  private int acquireLocked(CryptoKey key, KeyslotWaiters.Waiter self) throws KeyslotException {
    int slot = grabIfThere(key);
    if (slot != KeyslotTable.NONE) {
      return slot;
    }
    checkOpen(key);
    if (!waiters.mayTake(self)) {
      return KeyslotManager.NONE_FREE;
    }
    slot = idleSlotFor(key, self);
    if (slot < 0) {
      return slot;
    }
    // The old key first: should programming fail half-way, nobody may find it in this slot again.
    table.unlink(slot);
    hardware.program(slot, key);
    table.link(slot, key);
    table.grab(slot);
    counters.programs.getAndIncrement();
    return slot;
  }

  /**
   * A closed key has no bytes to program: a mistake of its owner, which costs nobody else a slot.
   */
  private static void checkOpen(CryptoKey key) throws KeyslotException {
    if (key.isClosed()) {
      throw new KeyslotException(Reason.INVALID, "key must be open: " + key);
    }
  }

  /** The least recently released slot, of the key's own group where that has its share already. */
  private int idleSlotFor(CryptoKey key, KeyslotWaiters.Waiter self) {
    int share = groupShare;
    boolean shareUsedUp = share < table.count() && table.held(key.group()) >= share;
    int slot = shareUsedUp ? table.oldestIdle(key.group()) : table.oldestIdle();
    if (slot != KeyslotTable.NONE) {
      return slot;
    }
    if (!shareUsedUp || table.oldestIdle() == KeyslotTable.NONE) {
      return KeyslotManager.NONE_FREE;
    }
    if (self != null) {
      waiters.passTurn(self);
    }
    return KeyslotManager.SHARE_USED_UP;
  }

  /** {@link KeyslotManager#acquire}. */
  int acquire(CryptoKey key, Parker parker, Clock clock) throws KeyslotException {
    int slot = tryAcquire(key, null);
    if (slot >= 0) {
      return slot;
    }
    long since = clock.nanoTime();
    counters.waitBegins();
    KeyslotWaiters.Waiter self = waiters.enlist(parker);
    try {
      slot = tryAcquire(key, self);
      while (slot < 0) {
        self.park();
        slot = tryAcquire(key, self);
      }
      return slot;
    } finally {
      waiters.leave(self);
      counters.waitEnds(clock.nanoTime() - since);
    }
  }

  /** {@link KeyslotManager#retain}. */
  void retain(int slot) {
    table.grab(slot);
    counters.hits.getAndIncrement();
  }

  /** {@link KeyslotManager#release}. */
  void release(int slot) {
    if (table.put(slot)) {
      waiters.slotReleased();
    }
  }

  /** {@link KeyslotManager#evict}. */
  void evict(CryptoKey key) throws KeyslotException {
    hardware.resume();
    try {
      long stamp = lock.writeLock();
      try {
        evictLocked(key);
      } finally {
        lock.unlockWrite(stamp);
      }
    } finally {
      hardware.allowSleep();
    }
  }

  private void evictLocked(CryptoKey key) throws KeyslotException {
    int slot = table.find(key);
    if (slot == KeyslotTable.NONE) {
      return;
    }
    table.unlink(slot);
    counters.evictions.getAndIncrement();
    if (table.references(slot) != 0) {
      throw new KeyslotException(
          Reason.BUSY, "key must not be in use when evicted: slot=" + slot + " key=" + key);
    }
    hardware.evict(slot, key);
  }

  /** {@link KeyslotManager#reprogramAll}. */
  void reprogramAll() {
    long stamp = lock.writeLock();
    try {
      for (int slot = 0; slot < table.count(); slot++) {
        reprogram(slot);
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  private void reprogram(int slot) {
    CryptoKey key = table.key(slot);
    if (key == null) {
      return;
    }
    try {
      checkOpen(key);
      hardware.program(slot, key);
    } catch (KeyslotException failure) {
      // In use or not: who comes next must not find a key here that the hardware does not have.
      LOG.log(Level.WARNING, "keyslot not programmed again: slot=" + slot, failure);
      table.unlink(slot);
    }
  }

  /** How many slots hold a key now. */
  int programmed() {
    long stamp = lock.readLock();
    try {
      int found = 0;
      for (int slot = 0; slot < table.count(); slot++) {
        found += table.key(slot) == null ? 0 : 1;
      }
      return found;
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /** How many slots requests hold now; a moving number. */
  int inUse() {
    int found = 0;
    for (int slot = 0; slot < table.count(); slot++) {
      found += table.references(slot) > 0 ? 1 : 0;
    }
    return found;
  }

  /** Forgets every key; nobody uses the slots any more. */
  void wipe() {
    int leaked = table.referencesTotal();
    if (leaked != 0) {
      LOG.log(Level.ERROR, "keyslots destroyed while in use: references={0}", leaked);
    }
    table.wipe();
  }
}
