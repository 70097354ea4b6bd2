package dev.keyslot.app.image;

import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.base.posix.PosixException;
import java.nio.file.Path;

/** What the operator is told when a system call failed. Stateless. */
final class Failures {

  private Failures() {}

  /**
   * The exception for {@code cause}.
   *
   * @param expectation what should have been possible, such as {@code image must be readable}
   */
  static StackException of(String expectation, Path file, PosixException cause) {
    return new StackException(
        category(cause), "%s: %s: file=%s".formatted(expectation, words(cause), file), cause);
  }

  private static Category category(PosixException cause) {
    return switch (cause.errno()) {
      case EIO, EREMOTEIO, ESTALE, ENODEV -> Category.GIVE_UP;
      case EINTR, EAGAIN, EBUSY, ETXTBSY, ENFILE, EMFILE, ENOMEM -> Category.RETRY;
      case EPERM,
          ENOENT,
          ENXIO,
          EBADF,
          EACCES,
          EEXIST,
          ENOTDIR,
          EISDIR,
          EINVAL,
          EFBIG,
          ENOSPC,
          ESPIPE,
          EROFS,
          ENAMETOOLONG,
          ENOSYS,
          ELOOP,
          EOVERFLOW,
          EOPNOTSUPP,
          EDQUOT,
          OTHER ->
          Category.FIX_CONFIG;
    };
  }

  private static String words(PosixException cause) {
    return switch (cause.errno()) {
      case EACCES, EPERM -> "permission denied";
      case ENOENT -> "no such file or directory";
      case EEXIST -> "it exists already";
      case ENOSPC -> "no space left";
      case EDQUOT -> "disk quota used up";
      case EROFS -> "read-only file system";
      case EFBIG -> "the file system holds no file of this size";
      default -> cause.getMessage();
    };
  }
}
