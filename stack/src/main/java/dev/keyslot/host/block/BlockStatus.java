package dev.keyslot.host.block;

/**
 * The outcome of a bio or a request; travels with each completion and is mapped once per wall.
 *
 * <p>Names follow the kernel's block status codes.
 */
public enum BlockStatus {
  OK,
  /** The operation, or the key's configuration, is not supported here. */
  NOTSUPP,
  TIMEOUT,
  /** The medium is full. */
  NOSPC,
  /** Memory or another resource of the host ran out; trying again may help. */
  RESOURCE,
  /** The device is busy; it will take the request later. */
  DEV_RESOURCE,
  AGAIN,
  /** Data failed a check on its way: a CRC. */
  PROTECTION,
  /** The medium cannot return the data. */
  MEDIUM,
  /** Misaligned or otherwise malformed. */
  INVAL,
  /** The device is gone. */
  OFFLINE,
  /** Everything else. */
  IOERR;

  public boolean ok() {
    return this == OK;
  }
}
