package dev.keyslot.base.posix;

import java.io.IOException;
import java.io.Serial;

/** A system call failed; says which, on what, and why by name. */
public final class PosixException extends IOException {

  @Serial private static final long serialVersionUID = 1;

  private final Errno errno;
  private final int number;

  /**
   * Describes a failed call.
   *
   * @param number the errno
   * @param subject the path or other thing the call was about
   */
  public PosixException(int number, String call, String subject) {
    super(describe(number, call, subject));
    this.errno = Errno.of(number);
    this.number = number;
  }

  private static String describe(int number, String call, String subject) {
    Errno errno = Errno.of(number);
    String name = errno == Errno.OTHER ? "errno " + number : errno.name();
    return call + " failed: " + name + ": " + subject;
  }

  /** Why, by name. */
  public Errno errno() {
    return errno;
  }

  /** Why, as the kernel's number. */
  public int number() {
    return number;
  }

  /** Whether the reason is {@code expected}. */
  public boolean is(Errno expected) {
    return errno == expected;
  }
}
