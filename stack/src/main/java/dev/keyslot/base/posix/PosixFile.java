package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.keyslot.base.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * An open file, by its descriptor.
 *
 * <p>Reads and writes name their offset, so any number of threads may use one file at once; nothing
 * is allocated per call unless it fails. Calls that a signal interrupts are repeated. The
 * descriptor is not inherited by child processes. Whoever closes the file sees to it that no other
 * thread uses it any more. Memory is native; its arena stays open until the call returns.
 */
public final class PosixFile implements AutoCloseable {

  /** What {@link #seekData} answers when only a hole follows. */
  public static final long NO_DATA = -1;

  private static final int FLOCK_BYTES = 32;
  private static final int FLOCK_TYPE = 0;
  private static final int CLOSED = -1;

  private final Path path;
  private volatile int fd;

  private PosixFile(Path path, int fd) {
    this.path = path;
    this.fd = fd;
  }

  /** Opens an existing file or directory for reading. */
  public static PosixFile openReadOnly(Path path) throws PosixException {
    return open(path, FileCalls.O_RDONLY, 0);
  }

  /** Opens an existing file for reading and writing. */
  public static PosixFile openReadWrite(Path path) throws PosixException {
    return open(path, FileCalls.O_RDWR, 0);
  }

  /**
   * Creates a file that must not exist yet, not even as a link, open for reading and writing.
   *
   * @param permissions such as 0600, less the process's umask
   */
  public static PosixFile createNew(Path path, int permissions) throws PosixException {
    return open(path, FileCalls.O_RDWR + FileCalls.O_CREAT + FileCalls.O_EXCL, permissions);
  }

  private static PosixFile open(Path path, int flags, int permissions) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      long name = arena.allocateFrom(path.toString()).address();
      int fd = FileCalls.open(name, flags + FileCalls.O_CLOEXEC, permissions);
      if (fd < 0) {
        throw new PosixException(-fd, "open", path.toString());
      }
      return new PosixFile(path, fd);
    }
  }

  /** The status of what {@code path} names, links followed. */
  public static FileStatus status(Path path) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statx = arena.allocate(FileStatus.STATX_BYTES, Long.BYTES);
      long name = arena.allocateFrom(path.toString()).address();
      int result = FileCalls.statPath(name, statx.address());
      if (result < 0) {
        throw new PosixException(-result, "statx", path.toString());
      }
      return FileStatus.of(statx);
    }
  }

  /** Makes names created in, renamed in or removed from {@code directory} last. */
  public static void syncDirectory(Path directory) throws PosixException {
    try (PosixFile opened = openReadOnly(directory)) {
      opened.fsync();
    }
  }

  /** As it was given. */
  public Path path() {
    return path;
  }

  /** {@link #pread(MemorySegment, long, long, long)} of a whole segment. */
  public long pread(MemorySegment into, long offsetBytes) throws PosixException {
    return pread(into, 0, into.byteSize(), offsetBytes);
  }

  /**
   * Reads until {@code [at, at + bytes)} of {@code into} is full or the file ends.
   *
   * @return bytes read; fewer than {@code bytes} only at the end of the file
   */
  public long pread(MemorySegment into, long at, long bytes, long offsetBytes)
      throws PosixException {
    Checks.argument(!into.isReadOnly(), "memory read into must be writable");
    long address = NativeCalls.address(into, at, bytes);
    long done = 0;
    while (done < bytes) {
      long count = FileCalls.pread(fd(), address + done, bytes - done, offsetBytes + done);
      if (count == 0) {
        break;
      }
      done += checked(count, "pread");
    }
    return done;
  }

  /** {@link #pwrite(MemorySegment, long, long, long)} of a whole segment. */
  public void pwrite(MemorySegment from, long offsetBytes) throws PosixException {
    pwrite(from, 0, from.byteSize(), offsetBytes);
  }

  /** Writes all of {@code [at, at + bytes)} of {@code from}; on failure a part may be written. */
  public void pwrite(MemorySegment from, long at, long bytes, long offsetBytes)
      throws PosixException {
    long address = NativeCalls.address(from, at, bytes);
    long done = 0;
    while (done < bytes) {
      long count = FileCalls.pwrite(fd(), address + done, bytes - done, offsetBytes + done);
      // A file system that takes nothing and gives no reason would keep us here for ever.
      done += checked(count == 0 ? -Errno.EIO.number() : count, "pwrite");
    }
  }

  /** Makes content, and the size needed to read it, last. */
  public void fdatasync() throws PosixException {
    checked(FileCalls.fdatasync(fd()), "fdatasync");
  }

  /** Makes content and all metadata last. */
  public void fsync() throws PosixException {
    checked(FileCalls.fsync(fd()), "fsync");
  }

  /** Sets the length; what is added is a hole. */
  public void truncate(long sizeBytes) throws PosixException {
    checked(FileCalls.ftruncate(fd(), sizeBytes), "ftruncate");
  }

  /** Turns a range into a hole that reads as zeros; the size stays. */
  public void punchHole(long offsetBytes, long bytes) throws PosixException {
    int mode = FileCalls.FALLOC_FL_PUNCH_HOLE + FileCalls.FALLOC_FL_KEEP_SIZE;
    checked(FileCalls.fallocate(fd(), mode, offsetBytes, bytes), "fallocate punch hole");
  }

  /** Reserves space for a range, so that writing it cannot run out of it; the size stays. */
  public void allocate(long offsetBytes, long bytes) throws PosixException {
    int mode = FileCalls.FALLOC_FL_KEEP_SIZE;
    checked(FileCalls.fallocate(fd(), mode, offsetBytes, bytes), "fallocate");
  }

  /** The first offset of data from {@code offsetBytes} on, or {@link #NO_DATA} to the end. */
  public long seekData(long offsetBytes) throws PosixException {
    long found = FileCalls.lseek(fd(), offsetBytes, FileCalls.SEEK_DATA);
    return found == -Errno.ENXIO.number() ? NO_DATA : checked(found, "lseek data");
  }

  /**
   * The first offset in a hole from {@code offsetBytes} on; the end of the file counts as a hole.
   *
   * @throws PosixException ENXIO from the end of the file on
   */
  public long seekHole(long offsetBytes) throws PosixException {
    return checked(FileCalls.lseek(fd(), offsetBytes, FileCalls.SEEK_HOLE), "lseek hole");
  }

  /** The length in bytes, of a block device too. */
  public long size() throws PosixException {
    return checked(FileCalls.lseek(fd(), 0, FileCalls.SEEK_END), "lseek end");
  }

  /** Owner, mode, space taken. */
  public FileStatus status() throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment statx = arena.allocate(FileStatus.STATX_BYTES, Long.BYTES);
      checked(FileCalls.statOpen(fd(), arena.allocateFrom("").address(), statx.address()), "statx");
      return FileStatus.of(statx);
    }
  }

  /**
   * Locks the whole file for this open file description, until it is closed; other descriptions of
   * this process are shut out as well. Locking again changes the kind.
   *
   * @return false if another holds a lock that does not go with it
   */
  public boolean tryLock(FileLock lock) throws PosixException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment flock = arena.allocate(FLOCK_BYTES, Long.BYTES);
      // The rest stays zero: from the start, to the end, and the process id that this kind wants.
      flock.set(JAVA_SHORT, FLOCK_TYPE, lock.type());
      int result = FileCalls.setLock(fd(), flock.address());
      if (result == -Errno.EAGAIN.number() || result == -Errno.EACCES.number()) {
        return false;
      }
      checked(result, "fcntl lock");
      return true;
    }
  }

  private int fd() {
    int open = fd;
    if (open == CLOSED) {
      throw new IllegalStateException("file must be open: " + path);
    }
    return open;
  }

  private long checked(long result, String call) throws PosixException {
    if (result < 0) {
      throw new PosixException((int) -result, call, path.toString());
    }
    return result;
  }

  /** Closes the descriptor and drops its lock. Closing twice does nothing. */
  @Override
  public void close() throws PosixException {
    int open;
    synchronized (this) {
      open = fd;
      fd = CLOSED;
    }
    if (open != CLOSED) {
      checked(FileCalls.close(open), "close");
    }
  }
}
