package dev.keyslot.app.image;

import dev.keyslot.app.image.StackException.Category;
import dev.keyslot.app.json.Json;
import dev.keyslot.base.posix.FileLock;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An image that may be served: open, locked, of the right size, its sidecar sealed by its keys.
 *
 * <p>The lock belongs to {@link #file}, which stays open until {@link #close}: one writer, or any
 * number of readers. Keys are wiped on close. Owned by whoever opened it.
 */
public final class ImageFile implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(ImageFile.class.getName());

  /** Who else may have the image open. */
  public enum Access {
    /** Anybody, also a writer: for looking at an image in service. */
    PEEK(null),
    /** Others may read. */
    READ(FileLock.SHARED),
    /** Nobody else. */
    WRITE(FileLock.EXCLUSIVE);

    /** Null for none. */
    private final FileLock lock;

    Access(FileLock lock) {
      this.lock = lock;
    }
  }

  /**
   * A volume that may be served.
   *
   * @param key the image's, which wipes it on close
   */
  public record Volume(Sidecar.Volume entry, VolumeKey key) {}

  private final PosixFile file;
  private final Sidecar sidecar;
  private final KeyRing keys;
  private final List<Volume> volumes;

  private ImageFile(PosixFile file, Sidecar sidecar, KeyRing keys, List<Volume> volumes) {
    this.file = file;
    this.sidecar = sidecar;
    this.keys = keys;
    this.volumes = volumes;
  }

  /**
   * Has the JDK load what {@link #open} takes late, on a thread of its own beside the one that will
   * call it: to set up the parser and to find the algorithms of the seal takes as long as all that
   * comes before.
   */
  public static void prepare() {
    Json.read("{}".getBytes(StandardCharsets.US_ASCII));
    Seal.prepare();
  }

  /**
   * Opens, locks and checks an image.
   *
   * @throws StackException if anything is not as the sidecar or the request says; nothing has
   *     changed then, and nothing is locked
   */
  public static ImageFile open(ImageRequest request, Access access) throws StackException {
    Path image = request.image();
    if (!Files.isRegularFile(image)) {
      throw StackException.fix(
          Files.exists(image)
              ? "image must be a regular file: image=%s"
              : "image must exist (--size creates it): image=%s",
          image);
    }
    PosixFile file = openFile(image, access);
    var keys = new KeyRing();
    try {
      Sidecar sidecar = lockAndRead(request, file, access);
      ImageChecks.agree(request, sidecar, file.size());
      List<Sidecar.Volume> entries = ImageChecks.chosen(request, sidecar);
      for (var keyFile : VolumePlan.keyFiles(request).entrySet()) {
        keys.add(keyFile.getKey(), KeyFile.read(keyFile.getValue()));
      }
      List<Volume> volumes = ImageChecks.unsealed(image, sidecar, entries, keys);
      return new ImageFile(file, sidecar, keys, volumes);
    } catch (PosixException e) {
      release(file, keys);
      throw Failures.of("image must be readable", image, e);
    } catch (StackException | RuntimeException e) {
      release(file, keys);
      throw e;
    }
  }

  private static PosixFile openFile(Path image, Access access) throws StackException {
    try {
      return switch (access) {
        case PEEK, READ -> PosixFile.openReadOnly(image);
        case WRITE -> PosixFile.openReadWrite(image);
      };
    } catch (PosixException e) {
      throw Failures.of(
          access == Access.WRITE
              ? "image must be readable and writable (or served --read-only)"
              : "image must be readable",
          image,
          e);
    }
  }

  private static Sidecar lockAndRead(ImageRequest request, PosixFile file, Access access)
      throws StackException, PosixException {
    Path image = request.image();
    if (access.lock != null && !file.tryLock(access.lock)) {
      throw inUse(image);
    }
    if (!SidecarStore.exists(image)) {
      throw ImageChecks.withoutSidecar(request, file.status().allocatedBytes() == 0);
    }
    return SidecarStore.read(image);
  }

  static StackException inUse(Path image) {
    return new StackException(
        Category.RETRY,
        "image is in use by another server (one that writes, or any number that are --read-only):"
            + " image="
            + image);
  }

  /** The image's path as it was given. */
  public Path path() {
    return file.path();
  }

  /** The open file, which holds the lock: it stays this object's, which closes it. */
  public PosixFile file() {
    return file;
  }

  /** Identity, geometry and all volumes, also those that were not asked for. */
  public Sidecar sidecar() {
    return sidecar;
  }

  /** The volumes to serve, in the order of their offsets, each with its checked key. */
  public List<Volume> volumes() {
    return volumes;
  }

  /** Wipes the keys and unlocks the image. */
  @Override
  public void close() {
    release(file, keys);
  }

  private static void release(PosixFile file, KeyRing keys) {
    keys.close();
    try {
      file.close();
    } catch (PosixException e) {
      LOG.log(Level.WARNING, "{0}", e.getMessage());
    }
  }
}
