package dev.keyslot.link.bus;

/** How a data phase between controller and card ended, as far as the bus can tell. */
public enum DataOutcome {
  DONE,
  /** A read of a hole: the buffer is untouched, all of it reads as the card's erased value 00. */
  HOLE,
  /** The medium needs more time: ask again with the same arguments at a later step. */
  PENDING,
  /** The data failed its CRC. */
  CRC_ERROR,
  /** Data, or the end of busy, did not come. */
  TIMEOUT,
  /** The card gave up; its status says why. */
  FAILED
}
