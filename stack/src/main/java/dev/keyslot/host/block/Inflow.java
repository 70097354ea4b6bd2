package dev.keyslot.host.block;

import java.util.concurrent.atomic.AtomicReference;

/**
 * What is handed to a queue without waiting for its lock: bios that arrived, requests that the
 * driver gave back.
 *
 * <p>Any thread adds; whoever holds the queue's lock takes. Each is in one list at most, through
 * its own link: nothing is allocated.
 */
final class Inflow {

  /** Newest first. */
  private final AtomicReference<Bio> arrived = new AtomicReference<>();

  /** Newest first. */
  private final AtomicReference<BlockRequest> returned = new AtomicReference<>();

  boolean isEmpty() {
    return arrived.get() == null && returned.get() == null;
  }

  void arrive(Bio bio) {
    push(bio, bio);
  }

  /** Empties {@code plug}; its bios stay together and in order. */
  void arrive(Plug plug) {
    Bio newest = null;
    for (int i = 0; i < plug.count(); i++) {
      plug.bio(i).next = newest;
      newest = plug.bio(i);
    }
    Bio oldest = plug.bio(0);
    plug.clear();
    push(newest, oldest);
  }

  private void push(Bio newest, Bio oldest) {
    Bio before;
    do {
      before = arrived.get();
      oldest.next = before;
    } while (!arrived.compareAndSet(before, newest));
  }

  void comeBack(BlockRequest request) {
    BlockRequest before;
    do {
      before = returned.get();
      request.next = before;
    } while (!returned.compareAndSet(before, request));
  }

  /** Bios in order of arrival, chained; null for none. */
  Bio takeArrived() {
    Bio oldest = null;
    Bio newest = arrived.get() == null ? null : arrived.getAndSet(null);
    while (newest != null) {
      Bio before = newest.next;
      newest.next = oldest;
      oldest = newest;
      newest = before;
    }
    return oldest;
  }

  /** Requests in the order they came back, chained; null for none. */
  BlockRequest takeReturned() {
    BlockRequest oldest = null;
    BlockRequest newest = returned.get() == null ? null : returned.getAndSet(null);
    while (newest != null) {
      BlockRequest before = newest.next;
      newest.next = oldest;
      oldest = newest;
      newest = before;
    }
    return oldest;
  }

  /** How many bios wait here. Under the queue's lock, which keeps them from being taken. */
  int bios() {
    int count = 0;
    for (Bio bio = arrived.get(); bio != null; bio = bio.next) {
      count++;
    }
    return count;
  }
}
