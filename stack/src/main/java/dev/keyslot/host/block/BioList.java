package dev.keyslot.host.block;

/** A first-in-first-out list of bios through their own links; a bio is in one list at most. */
final class BioList {

  private Bio head;
  private Bio tail;
  private int size;

  boolean isEmpty() {
    return head == null;
  }

  int size() {
    return size;
  }

  Bio first() {
    return head;
  }

  void addLast(Bio bio) {
    bio.next = null;
    if (tail == null) {
      head = bio;
    } else {
      tail.next = bio;
    }
    tail = bio;
    size++;
  }

  Bio removeFirst() {
    Bio first = head;
    head = first.next;
    if (head == null) {
      tail = null;
    }
    first.next = null;
    size--;
    return first;
  }

  /** Empties the list; the bios stay linked to each other. */
  Bio takeAll() {
    Bio all = head;
    head = null;
    tail = null;
    size = 0;
    return all;
  }
}
