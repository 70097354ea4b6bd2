package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.KeyslotException;

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

  /** How a bio fares whose key could not be put into a slot: the kernel's table, one to one. */
  public static BlockStatus of(KeyslotException.Reason reason) {
    return switch (reason) {
      case NOT_SUPPORTED -> NOTSUPP;
      case TIMED_OUT -> TIMEOUT;
      case NO_MEMORY -> RESOURCE;
      case BUSY -> DEV_RESOURCE;
      case TRY_AGAIN -> AGAIN;
      case ILLEGAL_SEQUENCE -> PROTECTION;
      case NO_DATA -> MEDIUM;
      case INVALID -> INVAL;
      case BAD_MESSAGE, OVERFLOW, IO_ERROR -> IOERR;
    };
  }
}
