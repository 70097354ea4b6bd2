package dev.keyslot.app.image;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;

/** Files made by a set-up that may still fail; undoing deletes them, the last one first. */
final class UndoList {

  private static final System.Logger LOG = System.getLogger(UndoList.class.getName());

  private final ArrayDeque<Path> made = new ArrayDeque<>();

  void add(Path file) {
    made.push(file);
  }

  void undo() {
    while (!made.isEmpty()) {
      Path file = made.pop();
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.log(Level.WARNING, "could not delete what a failed set-up made: {0}", file);
      }
    }
  }
}
