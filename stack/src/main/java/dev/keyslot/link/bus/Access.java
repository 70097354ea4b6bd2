package dev.keyslot.link.bus;

/** What software's reads and writes do to a register; the column "access" of a datasheet. */
public enum Access {
  /** Writes have no effect. */
  READ_ONLY,
  READ_WRITE,
  /** Reads as zero; a write acts or is stored where software cannot see it. */
  WRITE_ONLY,
  /** A one clears its bit, a zero leaves it. */
  WRITE_ONE_TO_CLEAR,
  /** A one sets its bit, a zero leaves it; hardware clears. */
  WRITE_ONE_TO_SET
}
