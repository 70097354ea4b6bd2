package dev.keyslot.host.device;

/** A probe that failed: the reason as a value, and a message naming what was expected. */
public final class ProbeException extends Exception {

  private static final long serialVersionUID = 1L;

  /** Why; the kernel's error number is in brackets. */
  public enum Reason {
    /** A resource could not be had [ENOMEM]. */
    NO_MEMORY,
    /** The hardware is absent or of a kind that this driver does not know [ENODEV]. */
    NO_DEVICE,
    /** The hardware or the configuration contradicts itself [EINVAL]. */
    INVALID,
    /** The hardware did not answer in time [ETIMEDOUT]. */
    TIMEOUT,
    /** The hardware answered with an error [EIO]. */
    IO,
    /** Something this device depends on is not there yet; probing later may work [EPROBE_DEFER]. */
    DEFER
  }

  private final Reason reason;

  public ProbeException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
