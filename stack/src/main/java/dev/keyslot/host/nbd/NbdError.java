package dev.keyslot.host.nbd;

/**
 * Errors that the NBD protocol can carry in a reply, with their values on the wire. Source: NBD
 * proto.md.
 */
public enum NbdError {
  OK(0),
  EPERM(1),
  EIO(5),
  ENOMEM(12),
  EINVAL(22),
  ENOSPC(28),
  EOVERFLOW(75),
  ENOTSUP(95),
  ESHUTDOWN(108);

  private final int wireValue;

  NbdError(int wireValue) {
    this.wireValue = wireValue;
  }

  /** The number in the reply's error field. */
  public int wireValue() {
    return wireValue;
  }
}
