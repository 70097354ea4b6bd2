package dev.keyslot.app.image;

import dev.keyslot.base.posix.FileLock;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes images, and sidecars for images that lack one.
 *
 * <p>Order: keys, image, sidecar; each lasts before the next begins, and the sidecar is what makes
 * an image of it. A failure deletes what was made. A crash leaves a key, which the next creation
 * uses, or an image without a sidecar, which opening refuses with the way out. Stateless.
 */
public final class ImageCreation {

  private static final int OWNER_ONLY = 0600;

  private ImageCreation() {}

  /** What creation made. */
  public static final class Result {

    private final Sidecar sidecar;
    private final List<Path> keysCreated;
    private final UndoList undo;

    private Result(Sidecar sidecar, List<Path> keysCreated, UndoList undo) {
      this.sidecar = sidecar;
      this.keysCreated = List.copyOf(keysCreated);
      this.undo = undo;
    }

    /** The new image's sidecar. */
    public Sidecar sidecar() {
      return sidecar;
    }

    /** Key files that did not exist before. */
    public List<Path> keysCreated() {
      return keysCreated;
    }

    /** Deletes all that was made; only before anything was written to the image. */
    public void undo() {
      undo.undo();
    }
  }

  /** Makes an image that must not exist, with its sidecar, and its keys where they are missing. */
  public static Result create(ImageRequest request) throws StackException {
    Path image = request.image();
    if (request.sizeBytes().isEmpty()) {
      throw StackException.fix("a new image needs a size: image=%s", image);
    }
    refuseExisting(image);
    Sidecar unsealed = plan(request, request.sizeBytes().getAsLong());
    var undo = new UndoList();
    List<Path> keysCreated = new ArrayList<>();
    try (KeyRing keys = new KeyRing()) {
      for (var entry : VolumePlan.keyFiles(request).entrySet()) {
        keys.add(entry.getKey(), keyFor(entry.getValue(), undo, keysCreated));
      }
      try (PosixFile _ = makeFile(image, unsealed.imageBytes(), undo)) {
        Sidecar sidecar = keys.seal(unsealed);
        SidecarStore.writeNew(image, sidecar, undo);
        return new Result(sidecar, keysCreated, undo);
      }
    } catch (PosixException e) {
      undo.undo();
      throw Failures.of("image must be creatable", image, e);
    } catch (StackException | RuntimeException e) {
      undo.undo();
      throw e;
    }
  }

  /** Makes the sidecar of an image that has none, from its size, a data unit size and its keys. */
  public static Sidecar adopt(ImageRequest request) throws StackException {
    Path image = request.image();
    if (!Files.isRegularFile(image)) {
      throw StackException.fix("image must exist and be a regular file: image=%s", image);
    }
    var undo = new UndoList();
    try (PosixFile file = PosixFile.openReadWrite(image);
        KeyRing keys = new KeyRing()) {
      if (!file.tryLock(FileLock.EXCLUSIVE)) {
        throw ImageFile.inUse(image);
      }
      if (SidecarStore.exists(image)) {
        throw StackException.fix(
            "image has a sidecar already, which is never overwritten: sidecar=%s",
            Sidecar.pathFor(image));
      }
      Sidecar unsealed = plan(request, file.size());
      for (var entry : VolumePlan.keyFiles(request).entrySet()) {
        keys.add(entry.getKey(), KeyFile.read(entry.getValue()));
      }
      Sidecar sidecar = keys.seal(unsealed);
      SidecarStore.writeNew(image, sidecar, undo);
      return sidecar;
    } catch (PosixException e) {
      undo.undo();
      throw Failures.of("image must be readable and writable", image, e);
    } catch (StackException | RuntimeException e) {
      undo.undo();
      throw e;
    }
  }

  private static Sidecar plan(ImageRequest request, long sizeBytes) throws StackException {
    try {
      return VolumePlan.unsealed(request, sizeBytes);
    } catch (IllegalArgumentException e) {
      throw StackException.fix("%s: image=%s", e.getMessage(), request.image());
    }
  }

  private static void refuseExisting(Path image) throws StackException {
    if (Files.exists(image, LinkOption.NOFOLLOW_LINKS)) {
      throw StackException.fix("image must not exist yet: image=%s", image);
    }
    if (SidecarStore.exists(image)) {
      throw StackException.fix(
          "a sidecar lies here without its image; put the image back, or delete the sidecar if it"
              + " is gone for good: sidecar=%s",
          Sidecar.pathFor(image));
    }
  }

  private static VolumeKey keyFor(Path file, UndoList undo, List<Path> created)
      throws StackException {
    if (Files.exists(file)) {
      return KeyFile.read(file);
    }
    VolumeKey key = KeyFile.create(file, undo);
    created.add(file);
    return key;
  }

  private static PosixFile makeFile(Path image, long sizeBytes, UndoList undo)
      throws PosixException, StackException {
    PosixFile file = PosixFile.createNew(image, OWNER_ONLY);
    try {
      undo.add(image);
      if (!file.tryLock(FileLock.EXCLUSIVE)) {
        throw ImageFile.inUse(image);
      }
      file.truncate(sizeBytes);
      file.fsync();
      PosixFile.syncDirectory(image.toAbsolutePath().getParent());
      return file;
    } catch (PosixException | StackException e) {
      file.close();
      throw e;
    }
  }
}
