package dev.keyslot.host.block.crypto;

import java.util.Objects;

/** Hardware could not do what a keyslot operation asked; says why in the kernel's terms. */
public final class KeyslotException extends Exception {

  /** Why: the error numbers that the block layer tells apart. */
  public enum Reason {
    /** EOPNOTSUPP. */
    NOT_SUPPORTED,
    /** ETIMEDOUT. */
    TIMED_OUT,
    /** ENOMEM. */
    NO_MEMORY,
    /** EBUSY. */
    BUSY,
    /** EAGAIN. */
    TRY_AGAIN,
    /** EILSEQ. */
    ILLEGAL_SEQUENCE,
    /** ENODATA. */
    NO_DATA,
    /** EINVAL. */
    INVALID,
    /** EBADMSG: a wrapped key that this device did not wrap, or not since its last reboot. */
    BAD_MESSAGE,
    /** EOVERFLOW: the result is larger than the room for it. */
    OVERFLOW,
    /** EIO and everything else. */
    IO_ERROR
  }

  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** A failure; {@code message} carries no key material. */
  public KeyslotException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason);
  }

  /** Why it failed. */
  public Reason reason() {
    return reason;
  }
}
