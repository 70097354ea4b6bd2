package dev.keyslot.host.volume;

import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.nbd.NbdError;

/** The one map from the block layer's outcomes to the protocol's errors. */
final class Outcome {

  private Outcome() {}

  /** What a client is told when its request ended with {@code status}. */
  static NbdError of(BlockStatus status) {
    return switch (status) {
      case OK -> NbdError.OK;
      case NOSPC -> NbdError.ENOSPC;
      case NOTSUPP -> NbdError.ENOTSUP;
      case RESOURCE -> NbdError.ENOMEM;
      case INVAL -> NbdError.EINVAL;
      case TIMEOUT, DEV_RESOURCE, AGAIN, PROTECTION, MEDIUM, OFFLINE, IOERR -> NbdError.EIO;
    };
  }
}
