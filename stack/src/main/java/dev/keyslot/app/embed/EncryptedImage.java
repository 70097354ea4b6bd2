package dev.keyslot.app.embed;

import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.Stack;
import dev.keyslot.app.stack.StackConfig;
import dev.keyslot.base.Checks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An image file in service inside this process: its volumes can be read and written, and served to
 * NBD clients at the same time.
 *
 * <p>Holds the image's lock until closed; one writing image per file, whatever the process. Owns
 * some threads, all of them daemons, and about 75 MiB of address space for buffers, outside the
 * heap. Safe from any thread.
 */
public final class EncryptedImage implements AutoCloseable {

  private static final int BACKLOG = 1024;

  private final ImageFile file;
  private final Stack stack;
  private final List<EncryptedVolume> volumes;

  /** Calls hold it shared, so that nothing is taken apart under them. */
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();

  /** Guarded by {@link #use}. */
  private boolean closed;

  private EncryptedImage(ImageFile file, Stack stack) {
    this.file = file;
    this.stack = stack;
    volumes =
        stack.exportNames().stream()
            .map(name -> new EncryptedVolume(this, stack.export(name), stack.payload()))
            .toList();
  }

  /** How an image is to be opened. Changed by its methods, which return it; one thread. */
  public static final class Opening {

    private final Path image;
    private OptionalLong createBytes = OptionalLong.empty();
    private OptionalInt dataUnitBytes = OptionalInt.empty();
    private Optional<Path> keyFile = Optional.empty();
    private boolean readOnly;

    private Opening(Path image) {
      this.image = image;
    }

    /**
     * Makes image, key and sidecar if the image is missing; if it is there its size must be this.
     *
     * @param sizeBytes a multiple of the data unit, at most 2 TiB - 4 KiB
     */
    public Opening createIfMissing(long sizeBytes) {
      createBytes = OptionalLong.of(sizeBytes);
      return this;
    }

    /** Data units of 512 or 4096 bytes; by default 4096 for a new image, else as it is. */
    public Opening dataUnitBytes(int bytes) {
      dataUnitBytes = OptionalInt.of(bytes);
      return this;
    }

    /** The key; by default the image's name with {@code .key} added. */
    public Opening keyFile(Path file) {
      keyFile = Optional.of(file);
      return this;
    }

    /** Refuses writes; several processes may then have the image open. */
    public Opening readOnly() {
      readOnly = true;
      return this;
    }

    /**
     * Puts the image into service.
     *
     * @throws IOException if that cannot be done: the message says what to change, and nothing on
     *     disk has changed
     * @throws IllegalArgumentException if a number given before cannot be that of an image
     */
    public EncryptedImage open() throws IOException {
      var request = new ImageRequest(image, createBytes, dataUnitBytes, keyFile, List.of());
      ImageCreation.Result created = null;
      try {
        if (createBytes.isPresent() && !Files.exists(image)) {
          created = ImageCreation.create(request);
        }
        return start(request);
      } catch (StackException | RuntimeException e) {
        if (created != null) {
          created.undo();
        }
        if (e instanceof RuntimeException mistake) {
          throw mistake;
        }
        throw new IOException(e.getMessage(), e);
      }
    }

    private EncryptedImage start(ImageRequest request) throws StackException {
      ImageFile.Access access = readOnly ? ImageFile.Access.READ : ImageFile.Access.WRITE;
      ImageFile file = ImageFile.open(request, access);
      try {
        StackConfig usual = StackConfig.defaults();
        return new EncryptedImage(
            file,
            Stack.open(
                new StackConfig(
                    Optional.empty(),
                    readOnly,
                    usual.engine(),
                    usual.host(),
                    usual.discard(),
                    List.of()),
                file));
      } catch (StackException | RuntimeException e) {
        file.close();
        throw e;
      }
    }
  }

  /** Begins to open an image; nothing happens before {@link Opening#open}. */
  public static Opening at(Path image) {
    return new Opening(image);
  }

  /** Its volumes in the order of their offsets; at least one. They live as long as the image. */
  public List<EncryptedVolume> volumes() {
    return volumes;
  }

  /**
   * The only volume.
   *
   * @throws IllegalStateException if there are several
   */
  public EncryptedVolume volume() {
    Checks.that(volumes.size() == 1, "image must have one volume: volumes=%d", volumes.size());
    return volumes.getFirst();
  }

  /**
   * The volume of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public EncryptedVolume volume(String name) {
    return volumes.stream()
        .filter(volume -> volume.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("volume must be one of the image: name=" + name));
  }

  /**
   * Serves all volumes to NBD clients, in plaintext on the wire, until the image is closed. May be
   * called several times.
   *
   * @param address a Unix socket, which must not exist yet and stays the caller's to delete; or
   *     loopback, where port 0 takes a free one
   * @return where it listens
   * @throws IllegalArgumentException if other machines could reach it
   */
  public SocketAddress serve(SocketAddress address) throws IOException {
    Checks.argument(
        !(address instanceof InetSocketAddress tcp)
            || (!tcp.isUnresolved() && tcp.getAddress().isLoopbackAddress()),
        "address must be a Unix socket or loopback: address=%s",
        address);
    enter();
    try {
      ServerSocketChannel channel =
          address instanceof InetSocketAddress
              ? ServerSocketChannel.open()
              : ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX);
      try {
        channel.bind(address, BACKLOG);
        Thread.ofPlatform().daemon().name("accept " + address).start(stack.acceptor(channel));
        return channel.getLocalAddress();
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } finally {
      leave();
    }
  }

  /**
   * Ends service: waits for calls and answers requests in flight, drops clients that do not end
   * within ten seconds, flushes, wipes keys, and lets go of the file. A second time it does
   * nothing.
   *
   * @throws IOException if not everything written is known to be on the medium
   */
  @Override
  public void close() throws IOException {
    use.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      stack.close();
    } catch (StackException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      file.close();
      use.writeLock().unlock();
    }
  }

  /** A call begins; the image stays open until {@link #leave}. */
  void enter() {
    use.readLock().lock();
    if (closed) {
      use.readLock().unlock();
      throw new IllegalStateException("image must be open: image=" + file.path());
    }
  }

  void leave() {
    use.readLock().unlock();
  }
}
