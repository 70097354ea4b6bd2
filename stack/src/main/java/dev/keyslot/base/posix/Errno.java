package dev.keyslot.base.posix;

import java.util.Arrays;

/** Error numbers of Linux that we tell apart or expect to print; the same on all our machines. */
public enum Errno {
  EPERM(1),
  ENOENT(2),
  EINTR(4),
  EIO(5),
  ENXIO(6),
  EBADF(9),
  EAGAIN(11),
  ENOMEM(12),
  EACCES(13),
  EBUSY(16),
  EEXIST(17),
  ENODEV(19),
  ENOTDIR(20),
  EISDIR(21),
  EINVAL(22),
  ENFILE(23),
  EMFILE(24),
  ETXTBSY(26),
  EFBIG(27),
  ENOSPC(28),
  ESPIPE(29),
  EROFS(30),
  ENAMETOOLONG(36),
  ENOSYS(38),
  ELOOP(40),
  EOVERFLOW(75),
  EOPNOTSUPP(95),
  ESTALE(116),
  EDQUOT(122),
  EREMOTEIO(121),
  /** Any number that is not listed. */
  OTHER(0);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  /** As the kernel returns it; 0 for {@link #OTHER}. */
  public int number() {
    return number;
  }

  /** The name of {@code number}, or {@link #OTHER}. */
  public static Errno of(int number) {
    return Arrays.stream(values()).filter(e -> e.number == number).findFirst().orElse(OTHER);
  }
}
