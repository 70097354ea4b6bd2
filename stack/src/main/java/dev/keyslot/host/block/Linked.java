package dev.keyslot.host.block;

/** What a list of the queue strings together; in one list at most. */
abstract class Linked<T extends Linked<T>> {

  /** The next one in whatever list this is in. */
  T next;
}
