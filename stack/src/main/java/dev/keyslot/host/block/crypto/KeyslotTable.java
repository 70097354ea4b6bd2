package dev.keyslot.host.block.crypto;

import dev.keyslot.base.BriefLock;
import dev.keyslot.base.Checks;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * The slots of a keyslot manager: which key is in which, how many requests use it, which are idle.
 *
 * <p>A slot is empty (no key, idle), cached (key, idle) or in use (references, not idle); a key is
 * in one slot at most. Keys and hash change under the manager's write lock and are read under its
 * read lock. The idle list, least recently released first, has its own lock, the innermost, and a
 * reference count reaches 0 only with that lock held.
 */
final class KeyslotTable {

  static final int NONE = -1;

  private final int count;
  private final CryptoKey[] keys;

  /** First slot of each hash bucket, then the next slot of the same bucket; {@link #NONE} ends. */
  private final int[] buckets;

  private final int[] hashNext;

  private final AtomicIntegerArray references;

  /** The idle list: a ring through the extra entry {@code count}. Guarded by {@link #idleLock}. */
  private final int[] idleNext;

  private final int[] idlePrevious;
  private final BriefLock idleLock = new BriefLock();

  KeyslotTable(int count) {
    this.count = count;
    keys = new CryptoKey[count];
    buckets = new int[Math.max(2, Integer.highestOneBit(Math.max(1, 2 * count - 1)))];
    hashNext = new int[count];
    references = new AtomicIntegerArray(count);
    idleNext = new int[count + 1];
    idlePrevious = new int[count + 1];
    Arrays.fill(buckets, NONE);
    for (int i = 0; i <= count; i++) {
      idleNext[i] = i == count ? 0 : i + 1;
      idlePrevious[i] = i == 0 ? count : i - 1;
    }
  }

  int count() {
    return count;
  }

  /** The key in {@code slot} or null. Needs the read or the write lock. */
  CryptoKey key(int slot) {
    return keys[slot];
  }

  int references(int slot) {
    return references.get(slot);
  }

  /** The slot that holds {@code key}, or {@link #NONE}. Needs the read or the write lock. */
  int find(CryptoKey key) {
    for (int slot = buckets[bucket(key)]; slot != NONE; slot = hashNext[slot]) {
      if (keys[slot] == key) {
        return slot;
      }
    }
    return NONE;
  }

  /** One more reference. Needs the read or the write lock, or a reference already held. */
  void grab(int slot) {
    if (references.getAndIncrement(slot) == 0) {
      idleLock.lock();
      try {
        idleNext[idlePrevious[slot]] = idleNext[slot];
        idlePrevious[idleNext[slot]] = idlePrevious[slot];
      } finally {
        idleLock.unlock();
      }
    }
  }

  /**
   * One reference less; the last puts the slot at the idle list's tail. Needs no lock.
   *
   * @return whether the slot became idle
   */
  boolean put(int slot) {
    for (int now = references.get(slot); now > 1; now = references.get(slot)) {
      if (references.compareAndSet(slot, now, now - 1)) {
        return false;
      }
    }
    // The last one: counted down only with the lock held, so that a grab from 0 finds it listed.
    idleLock.lock();
    try {
      Checks.that(
          references.get(slot) > 0, "keyslot released more often than taken: slot=%d", slot);
      int left = references.decrementAndGet(slot);
      if (left == 0) {
        appendIdle(slot);
      }
      return left == 0;
    } finally {
      idleLock.unlock();
    }
  }

  private void appendIdle(int slot) {
    int tail = idlePrevious[count];
    idleNext[tail] = slot;
    idlePrevious[slot] = tail;
    idleNext[slot] = count;
    idlePrevious[count] = slot;
  }

  /** The least recently released idle slot, or {@link #NONE}. Needs the write lock. */
  int oldestIdle() {
    idleLock.lock();
    try {
      return idleNext[count] == count ? NONE : idleNext[count];
    } finally {
      idleLock.unlock();
    }
  }

  /** The least recently released idle slot with a key of {@code group}, or {@link #NONE}. */
  int oldestIdle(int group) {
    idleLock.lock();
    try {
      int slot = idleNext[count];
      while (slot != count && (keys[slot] == null || keys[slot].group() != group)) {
        slot = idleNext[slot];
      }
      return slot == count ? NONE : slot;
    } finally {
      idleLock.unlock();
    }
  }

  /** How many slots hold keys of {@code group}. Needs the write lock. */
  int held(int group) {
    int held = 0;
    for (CryptoKey key : keys) {
      held += key != null && key.group() == group ? 1 : 0;
    }
    return held;
  }

  /** Makes {@code slot} hold {@code key}. Needs the write lock; the slot is empty. */
  void link(int slot, CryptoKey key) {
    Checks.that(keys[slot] == null, "keyslot must be empty to take a key: slot=%d", slot);
    int bucket = bucket(key);
    keys[slot] = key;
    hashNext[slot] = buckets[bucket];
    buckets[bucket] = slot;
  }

  /** Empties {@code slot}, in use or not. Needs the write lock. */
  void unlink(int slot) {
    if (keys[slot] == null) {
      return;
    }
    int bucket = bucket(keys[slot]);
    if (buckets[bucket] == slot) {
      buckets[bucket] = hashNext[slot];
    } else {
      int before = buckets[bucket];
      while (hashNext[before] != slot) {
        before = hashNext[before];
      }
      hashNext[before] = hashNext[slot];
    }
    hashNext[slot] = NONE;
    keys[slot] = null;
  }

  /** References held over all slots. */
  int referencesTotal() {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += references.get(i);
    }
    return total;
  }

  /** Forgets everything; nobody uses the table any more. */
  void wipe() {
    Arrays.fill(keys, null);
    Arrays.fill(buckets, 0);
    Arrays.fill(hashNext, 0);
    Arrays.fill(idleNext, 0);
    Arrays.fill(idlePrevious, 0);
    for (int i = 0; i < count; i++) {
      references.set(i, 0);
    }
  }

  /** By identity: the key's own number, not its bytes. */
  private int bucket(CryptoKey key) {
    return Integer.remainderUnsigned(key.id(), buckets.length);
  }
}
