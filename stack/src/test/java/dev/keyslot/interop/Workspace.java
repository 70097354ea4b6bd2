package dev.keyslot.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AnnotatedElementContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.io.TempDirFactory;

/** Where images of interop tests lie: in memory if there is room, with short paths for sockets. */
final class Workspace implements TempDirFactory {

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long ROOM_BYTES = 2L << 30;

  /** Called by JUnit. */
  Workspace() {}

  @Override
  public Path createTempDirectory(AnnotatedElementContext element, ExtensionContext context)
      throws IOException {
    boolean room =
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).getUsableSpace() > ROOM_BYTES;
    return room
        ? Files.createTempDirectory(MEMORY, "keyslot-it")
        : Files.createTempDirectory("keyslot-it");
  }
}
