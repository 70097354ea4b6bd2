package dev.keyslot.host.block;

/**
 * What a bio asks for. Only {@link #READ} and {@link #WRITE} carry data, and only they may carry a
 * crypto context.
 */
public enum BlockOperation {
  READ,
  WRITE,
  /** Makes everything completed before durable. */
  FLUSH,
  /** Content afterwards: zeros of the medium, or undefined if the device says so. */
  DISCARD,
  /** Content of the medium afterwards: zero bytes. */
  WRITE_ZEROES;

  public boolean hasData() {
    return this == READ || this == WRITE;
  }
}
