package dev.keyslot.model.card;

/** Which sectors of a volatile cache survive when the supply goes away. */
public enum PowerLoss {
  /** Nothing that was not flushed. */
  NONE,
  /** Everything, as if it had been flushed. */
  ALL,
  /** The oldest, as many as chance decides: what CACHE_FLUSH_POLICY bit 0 promises. */
  FIFO_PREFIX,
  /** Any, each by chance. */
  RANDOM_SUBSET,
  /** The oldest, and the next one torn: new bytes in front, old ones behind. */
  TORN_PREFIX
}
