package dev.keyslot.host.block;

import java.util.concurrent.atomic.AtomicReference;

/**
 * What is handed to a queue without waiting for its lock.
 *
 * <p>Any thread adds; whoever holds the queue's lock takes. Strung together by the elements' own
 * links: nothing is allocated.
 */
final class Inflow<T extends Linked<T>> {

  private final AtomicReference<T> newest = new AtomicReference<>();

  boolean isEmpty() {
    return newest.get() == null;
  }

  void add(T element) {
    add(element, element);
  }

  /**
   * Adds a chain, which stays together.
   *
   * @param last its newest element, linked to older ones
   * @param first its oldest element
   */
  void add(T last, T first) {
    T before;
    do {
      before = newest.get();
      first.next = before;
    } while (!newest.compareAndSet(before, last));
  }

  /** All elements in the order they were added, chained; null for none. */
  T takeAll() {
    T oldest = null;
    T element = isEmpty() ? null : newest.getAndSet(null);
    while (element != null) {
      T before = element.next;
      element.next = oldest;
      oldest = element;
      element = before;
    }
    return oldest;
  }

  /** How many there are. Under the queue's lock, which keeps them from being taken. */
  int count() {
    int count = 0;
    for (T element = newest.get(); element != null; element = element.next) {
      count++;
    }
    return count;
  }
}
