package dev.keyslot.app.stack;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;

/** Clean-up that has nobody left to report to. Stateless. */
final class Sockets {

  private static final System.Logger LOG = System.getLogger(Sockets.class.getName());

  private Sockets() {}

  static void closeQuietly(Closeable closeable) {
    if (closeable == null) {
      return;
    }
    try {
      closeable.close();
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "closing failed: {0}", e.getMessage());
    }
  }

  static void deleteQuietly(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "deleting failed: {0}", e.getMessage());
    }
  }
}
