package dev.keyslot.app.stack;

import dev.keyslot.app.image.StackException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A Unix socket of mode 0600 that nobody else could ever connect to, and that exists only while
 * requests are answered.
 *
 * <p>It is bound inside a directory of mode 0700, given its mode there, and then linked to its real
 * name, which fails if that name exists. A socket left by a server that died refuses connections
 * and is removed; one that answers is left alone. Of two servers that publish at the same instant
 * one waits for the other.
 */
final class UnixListener implements Listener {

  private static final System.Logger LOG = System.getLogger(UnixListener.class.getName());

  private final Path path;
  private final PrivateDirectory directory;
  private final ServerSocketChannel channel;

  /** Inode of the published socket, so that only our own is removed; null before. */
  private Object published;

  private UnixListener(Path path, PrivateDirectory directory, ServerSocketChannel channel) {
    this.path = path;
    this.directory = directory;
    this.channel = channel;
  }

  /** Binds out of sight; refuses a path where somebody listens or where something else lies. */
  static UnixListener bind(Path path) throws StackException {
    PrivateDirectory directory = null;
    ServerSocketChannel channel = null;
    try {
      directory = PrivateDirectory.beside(path);
      refuseIfTaken(path, directory);
      channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      channel.bind(UnixDomainSocketAddress.of(directory.shortPath("s")), Listener.BACKLOG);
      Files.setPosixFilePermissions(
          directory.path("s"), PosixFilePermissions.fromString("rw-------"));
      return new UnixListener(path, directory, channel);
    } catch (IOException | StackException e) {
      Sockets.closeQuietly(channel);
      Sockets.closeQuietly(directory);
      throw e instanceof StackException refusal ? refusal : failure(path, (IOException) e);
    }
  }

  private static void refuseIfTaken(Path path, PrivateDirectory directory)
      throws IOException, StackException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    var attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isOther()) {
      throw StackException.fix("unix socket path must be free or a socket: path=%s", path);
    }
    if (answers(directory.shorten(path))) {
      throw inUse(path);
    }
  }

  private static boolean answers(Path path) throws IOException {
    try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    }
  }

  /** Links the socket to its name, in place of a dead one. */
  @Override
  public void publish() throws StackException {
    try (var _ = PublishLock.on(path.toAbsolutePath())) {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        refuseIfTaken(path, directory);
        Files.delete(path);
      }
      Files.createLink(path, directory.path("s"));
      published = inode(path);
      directory.close();
    } catch (FileAlreadyExistsException e) {
      throw inUse(path);
    } catch (IOException e) {
      throw failure(path, e);
    }
  }

  @Override
  public ServerSocketChannel channel() {
    return channel;
  }

  @Override
  public String uri(String exportName, boolean tls) {
    return NbdUri.unix(path, exportName, tls);
  }

  @Override
  public String place() {
    return path.toString();
  }

  @Override
  public void close() {
    try {
      if (published != null && published.equals(inode(path))) {
        Files.delete(path);
      }
    } catch (IOException e) {
      LOG.log(Level.DEBUG, "unix socket was removed by somebody else: {0}", path);
    }
    published = null;
    Sockets.closeQuietly(channel);
    Sockets.closeQuietly(directory);
  }

  private static Object inode(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  private static StackException inUse(Path path) {
    return new StackException(
        StackException.Category.RETRY, "another server answers on the unix socket: path=" + path);
  }

  private static StackException failure(Path path, IOException cause) {
    return new StackException(
        StackException.Category.FIX_CONFIG,
        "unix socket must be creatable: path=%s: %s".formatted(path, Reasons.of(cause)),
        cause);
  }
}
