package dev.keyslot.app.stack;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A directory of mode 0700 next to where a Unix socket will lie, gone when closed.
 *
 * <p>Socket addresses hold 107 bytes, and the JDK takes one less. Where the directory's own name
 * would make a path longer, a symbolic link in the directory for temporary files shortens it.
 */
final class PrivateDirectory implements Closeable {

  /** Bytes of a path that every JDK takes as a socket address. */
  private static final int SAFE_BYTES = 100;

  private final Path directory;

  /** Directory of symbolic links for paths that are too long; null where not needed. */
  private Path shortcuts;

  private PrivateDirectory(Path directory) {
    this.directory = directory;
  }

  static PrivateDirectory beside(Path path) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    return new PrivateDirectory(
        Files.createTempDirectory(
            parent,
            ".keyslot-",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
  }

  Path path(String name) {
    return directory.resolve(name);
  }

  /** {@link #path}, short enough for a socket address. */
  Path shortPath(String name) throws IOException {
    return fits(path(name)) ? path(name) : shortcut("d", directory).resolve(name);
  }

  /** {@code socket}, which exists, under a name short enough for a socket address. */
  Path shorten(Path socket) throws IOException {
    return fits(socket) ? socket : shortcut("s", socket.toAbsolutePath());
  }

  private static boolean fits(Path path) {
    return path.toString().getBytes(Charset.defaultCharset()).length <= SAFE_BYTES;
  }

  private Path shortcut(String name, Path target) throws IOException {
    if (shortcuts == null) {
      shortcuts = Files.createTempDirectory("keyslot-");
    }
    Path link = shortcuts.resolve(name);
    return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
        ? link
        : Files.createSymbolicLink(link, target);
  }

  @Override
  public void close() {
    Sockets.deleteQuietly(path("s"));
    Sockets.deleteQuietly(directory);
    if (shortcuts != null) {
      Sockets.deleteQuietly(shortcuts.resolve("d"));
      Sockets.deleteQuietly(shortcuts.resolve("s"));
      Sockets.deleteQuietly(shortcuts);
      shortcuts = null;
    }
  }
}
