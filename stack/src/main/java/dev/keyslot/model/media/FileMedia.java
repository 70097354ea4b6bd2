package dev.keyslot.model.media;

import dev.keyslot.base.posix.Errno;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;

/**
 * A file as medium: written with pwrite only, so that a crash of the process tears no sector.
 *
 * <p>Which blocks are holes is read from the file at opening and kept in memory; a hole is answered
 * without touching the file. Once fdatasync has failed it is not asked again: the kernel may have
 * dropped the pages and would then call the next one a success.
 */
public final class FileMedia implements Media {

  private final PosixFile file;
  private final long sizeBytes;
  private final BlockMap map;
  private volatile boolean syncFailed;

  /**
   * Takes over {@code file}, which is {@code sizeBytes} long.
   *
   * @throws PosixException if the file's holes cannot be read
   */
  public FileMedia(PosixFile file, long sizeBytes) throws PosixException {
    this.file = file;
    this.sizeBytes = sizeBytes;
    map = new BlockMap(sizeBytes);
    long at = file.seekData(0);
    while (at != PosixFile.NO_DATA && at < sizeBytes) {
      long end = Math.min(sizeBytes, file.seekHole(at));
      map.mark(at, end - at);
      at = end < sizeBytes ? file.seekData(end) : PosixFile.NO_DATA;
    }
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public MediaOutcome read(long offsetBytes, MemorySegment into) {
    if (map.isHole(offsetBytes, into.byteSize())) {
      return MediaOutcome.HOLE;
    }
    try {
      long got = file.pread(into, offsetBytes);
      return got == into.byteSize() ? MediaOutcome.DONE : MediaOutcome.FAILED;
    } catch (PosixException e) {
      return failure(e);
    }
  }

  @Override
  public MediaOutcome write(long offsetBytes, MemorySegment from) {
    map.mark(offsetBytes, from.byteSize());
    try {
      file.pwrite(from, offsetBytes);
      return MediaOutcome.DONE;
    } catch (PosixException e) {
      return failure(e);
    }
  }

  @Override
  public MediaOutcome punch(long offsetBytes, long lengthBytes) {
    if (map.isHole(offsetBytes, lengthBytes)) {
      return MediaOutcome.DONE;
    }
    try {
      file.punchHole(offsetBytes, lengthBytes);
    } catch (PosixException e) {
      return failure(e);
    }
    map.clear(offsetBytes, lengthBytes, sizeBytes);
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome flush() {
    if (syncFailed) {
      return MediaOutcome.FAILED;
    }
    try {
      file.fdatasync();
      return MediaOutcome.DONE;
    } catch (PosixException e) {
      syncFailed = true;
      return MediaOutcome.FAILED;
    }
  }

  private static MediaOutcome failure(PosixException e) {
    return e.is(Errno.ENOSPC) || e.is(Errno.EDQUOT) || e.is(Errno.EFBIG)
        ? MediaOutcome.FULL
        : MediaOutcome.FAILED;
  }

  @Override
  public long extent(long offsetBytes) {
    return map.extent(offsetBytes, sizeBytes);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (PosixException e) {
      throw new UncheckedIOException(e);
    }
  }
}
