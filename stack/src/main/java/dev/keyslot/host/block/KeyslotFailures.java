package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.KeyslotException;

/** How a bio fares whose key could not be put into a slot: the kernel's table, one to one. */
final class KeyslotFailures {

  private KeyslotFailures() {}

  static BlockStatus status(KeyslotException.Reason reason) {
    return switch (reason) {
      case NOT_SUPPORTED -> BlockStatus.NOTSUPP;
      case TIMED_OUT -> BlockStatus.TIMEOUT;
      case NO_MEMORY -> BlockStatus.RESOURCE;
      case BUSY -> BlockStatus.DEV_RESOURCE;
      case TRY_AGAIN -> BlockStatus.AGAIN;
      case ILLEGAL_SEQUENCE -> BlockStatus.PROTECTION;
      case NO_DATA -> BlockStatus.MEDIUM;
      case INVALID -> BlockStatus.INVAL;
      case BAD_MESSAGE, OVERFLOW, IO_ERROR -> BlockStatus.IOERR;
    };
  }
}
