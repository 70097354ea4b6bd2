package dev.keyslot.app.stack;

import dev.keyslot.base.posix.Errno;
import dev.keyslot.base.posix.FileLock;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Held by the one server that looks whether a socket's name is free and puts its own there.
 *
 * <p>A lock on the file {@code .NAME.lock} beside the socket. It is taken away before it is
 * unlocked: whoever waited finds that what it locked has lost its name, and begins again. Nobody
 * waits for clients inside it. Belongs to one thread.
 */
final class PublishLock implements Closeable {

  /** Publishing is a handful of system calls; somebody who takes longer is stuck. */
  private static final int TRIES_MAX = 1_000;

  private static final long PAUSE_MILLIS = 5;

  private final Path path;
  private final PosixFile file;

  private PublishLock(Path path, PosixFile file) {
    this.path = path;
    this.file = file;
  }

  /** Waits until nobody else is about to publish {@code socket}. */
  static PublishLock on(Path socket) throws IOException {
    Path path = socket.resolveSibling("." + socket.getFileName() + ".lock");
    for (int i = 0; i < TRIES_MAX; i++) {
      PosixFile file = opened(path);
      if (file != null) {
        if (holds(file, path)) {
          return new PublishLock(path, file);
        }
        file.close();
      }
      pause();
    }
    throw new FileSystemException(
        path.toString(), null, "another server must finish publishing its socket within 5 s");
  }

  /** The lock file, made if it is missing; null if it went away meanwhile. */
  private static PosixFile opened(Path path) throws IOException {
    try {
      Files.createFile(
          path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      if (somethingElseLiesAt(path)) {
        throw new FileSystemException(path.toString(), null, "must be a file or free");
      }
    }
    try {
      return PosixFile.openReadWrite(path);
    } catch (PosixException e) {
      if (!e.is(Errno.ENOENT)) {
        throw new FileSystemException(path.toString(), null, e.getMessage());
      }
      return null;
    }
  }

  /** One look: whoever held the lock may take the file away between two. */
  private static boolean somethingElseLiesAt(Path path) throws IOException {
    try {
      return !Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isRegularFile();
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  /** Locks; false if somebody else does, or took the file's name away. */
  private static boolean holds(PosixFile file, Path path) throws IOException {
    try {
      return file.tryLock(FileLock.EXCLUSIVE)
          && Files.exists(path)
          && file.status().inode() == PosixFile.status(path).inode();
    } catch (PosixException e) {
      if (!e.is(Errno.ENOENT)) {
        throw new FileSystemException(path.toString(), null, e.getMessage());
      }
      return false;
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while another server publishes its socket");
    }
  }

  @Override
  public void close() throws IOException {
    try (file) {
      Files.deleteIfExists(path);
    }
  }
}
