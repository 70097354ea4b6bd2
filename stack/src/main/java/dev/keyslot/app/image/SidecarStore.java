package dev.keyslot.app.image;

import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Sidecars on disk: each is there whole or not at all.
 *
 * <p>Writers hold the image's lock, so there is one at a time. Stateless.
 */
final class SidecarStore {

  private static final int OWNER_ONLY = 0600;

  private SidecarStore() {}

  /** Whether {@code image} has a sidecar, readable or not. */
  static boolean exists(Path image) {
    return Files.exists(Sidecar.pathFor(image));
  }

  /** The sidecar of {@code image}, checked but for its seals. */
  static Sidecar read(Path image) throws StackException {
    Path file = Sidecar.pathFor(image);
    try (PosixFile opened = PosixFile.openReadOnly(file);
        Arena arena = Arena.ofConfined()) {
      long bytes = opened.size();
      if (!opened.status().isRegularFile() || bytes > SidecarCodec.FILE_BYTES_MAX) {
        throw StackException.fix(
            "sidecar must be a regular file of at most %d bytes: bytes=%d sidecar=%s",
            SidecarCodec.FILE_BYTES_MAX, bytes, file);
      }
      MemorySegment text = arena.allocate(Math.max(1, bytes));
      long read = opened.pread(text, 0);
      return SidecarCodec.decode(text.asSlice(0, read).toArray(ValueLayout.JAVA_BYTE));
    } catch (PosixException e) {
      throw Failures.of("sidecar must be readable", file, e);
    } catch (IllegalArgumentException e) {
      throw StackException.fix("sidecar is not usable: %s: sidecar=%s", e.getMessage(), file);
    }
  }

  /** Writes a sidecar where there is none; it lasts when this returns. */
  static void writeNew(Path image, Sidecar sidecar, UndoList undo) throws StackException {
    Path file = Sidecar.pathFor(image);
    Path draft = ImageRequest.beside(file, ".new");
    try {
      Files.deleteIfExists(draft); // what a crash left
      undo.add(draft);
      writeDraft(draft, SidecarCodec.encode(sidecar));
      undo.add(file);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
      PosixFile.syncDirectory(file.toAbsolutePath().getParent());
    } catch (PosixException e) {
      throw Failures.of("sidecar must be creatable", file, e);
    } catch (IOException e) {
      throw StackException.fix("sidecar must be creatable: %s: file=%s", e.getMessage(), file);
    }
  }

  private static void writeDraft(Path draft, byte[] text) throws PosixException {
    try (PosixFile made = PosixFile.createNew(draft, OWNER_ONLY);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(text.length);
      MemorySegment.copy(text, 0, bytes, ValueLayout.JAVA_BYTE, 0, text.length);
      made.pwrite(bytes, 0);
      made.fsync();
    }
  }
}
