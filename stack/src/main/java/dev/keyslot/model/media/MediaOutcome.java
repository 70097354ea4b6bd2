package dev.keyslot.model.media;

/** How an access to a medium ended. */
public enum MediaOutcome {
  DONE,
  /** A read of a hole: the buffer is untouched, all of it reads as zeros. */
  HOLE,
  /** Not finished: ask again with the same arguments later. */
  PENDING,
  /** No space left; what was written of the range is unknown. */
  FULL,
  /** The medium cannot; what was written of the range is unknown. */
  FAILED;

  /** Whether the access is over and succeeded. */
  public boolean ok() {
    return this == DONE || this == HOLE;
  }
}
