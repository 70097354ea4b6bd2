package dev.keyslot.base.posix;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The file calls of the C library, as the kernel answers them: a result, or a negative errno.
 *
 * <p>Numbers are those of Linux on x86-64 and aarch64, where these are equal.
 */
final class FileCalls {

  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  static final int O_CLOEXEC = 0x80000;

  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  static final int FALLOC_FL_KEEP_SIZE = 1;
  static final int FALLOC_FL_PUNCH_HOLE = 2;

  private static final int F_OFD_SETLK = 37;
  private static final int AT_FDCWD = -100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final long PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXEC = 5;
  private static final long MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final long NO_FILE = -1;

  private static final MethodHandle OPEN = NativeCalls.libc("open");
  private static final MethodHandle FCNTL = NativeCalls.libc("fcntl");
  private static final MethodHandle CLOSE = NativeCalls.libc("close");
  private static final MethodHandle PREAD = NativeCalls.libc("pread");
  private static final MethodHandle PWRITE = NativeCalls.libc("pwrite");
  private static final MethodHandle FDATASYNC = NativeCalls.libc("fdatasync");
  private static final MethodHandle FSYNC = NativeCalls.libc("fsync");
  private static final MethodHandle FTRUNCATE = NativeCalls.libc("ftruncate");
  private static final MethodHandle FALLOCATE = NativeCalls.libc("fallocate");
  private static final MethodHandle LSEEK = NativeCalls.libc("lseek");
  private static final MethodHandle STATX = NativeCalls.libc("statx");
  private static final MethodHandle MMAP = NativeCalls.libc("mmap");
  private static final MethodHandle MUNMAP = NativeCalls.libc("munmap");
  private static final MethodHandle MPROTECT = NativeCalls.libc("mprotect");

  private FileCalls() {}

  static int open(long path, int flags, int mode) {
    return NativeCalls.callInt(OPEN, path, flags, mode, 0, 0);
  }

  /** Linux frees the descriptor and never answers EINTR for files on disk. */
  static int close(int fd) {
    return NativeCalls.callInt(CLOSE, fd, 0, 0, 0, 0);
  }

  static long pread(int fd, long address, long bytes, long offset) {
    return NativeCalls.call(PREAD, fd, address, bytes, offset, 0);
  }

  static long pwrite(int fd, long address, long bytes, long offset) {
    return NativeCalls.call(PWRITE, fd, address, bytes, offset, 0);
  }

  static int fdatasync(int fd) {
    return NativeCalls.callInt(FDATASYNC, fd, 0, 0, 0, 0);
  }

  static int fsync(int fd) {
    return NativeCalls.callInt(FSYNC, fd, 0, 0, 0, 0);
  }

  static int ftruncate(int fd, long bytes) {
    return NativeCalls.callInt(FTRUNCATE, fd, bytes, 0, 0, 0);
  }

  static int fallocate(int fd, int mode, long offset, long bytes) {
    return NativeCalls.callInt(FALLOCATE, fd, mode, offset, bytes, 0);
  }

  static long lseek(int fd, long offset, int whence) {
    return NativeCalls.call(LSEEK, fd, offset, whence, 0, 0);
  }

  static int setLock(int fd, long flock) {
    return NativeCalls.callInt(FCNTL, fd, F_OFD_SETLK, flock, 0, 0);
  }

  /** {@code path} is an empty string. */
  static int statOpen(int fd, long path, long statx) {
    return NativeCalls.callInt(STATX, fd, path, AT_EMPTY_PATH, STATX_BASIC_STATS, statx);
  }

  static int statPath(long path, long statx) {
    return NativeCalls.callInt(STATX, AT_FDCWD, path, 0, STATX_BASIC_STATS, statx);
  }

  /** Pages of no file, backed as they are first used; zeros until then. */
  static long mapAnonymous(long bytes) {
    MemorySegment capture = NativeCalls.capture();
    long anywhere = 0;
    try {
      return NativeCalls.outcome(
          (long)
              MMAP.invokeExact(
                  capture, anywhere, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, NO_FILE, 0L),
          capture);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
  }

  /** Pages that can be run from now on, and not be written any more. */
  static int makeExecutable(long address, long bytes) {
    return NativeCalls.callInt(MPROTECT, address, bytes, PROT_READ_EXEC, 0, 0);
  }

  static int unmap(long address, long bytes) {
    return NativeCalls.callInt(MUNMAP, address, bytes, 0, 0, 0);
  }
}
