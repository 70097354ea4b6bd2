package dev.keyslot.app.stack;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.base.Checks;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;

/**
 * Everything {@code keyslot serve} was told, checked for form but not yet against the disk.
 *
 * @param image what is served; created first if it is missing and its size is stated
 * @param stack how it is served
 * @param unixSockets paths of Unix sockets; empty together with {@code tcp} means {@code
 *     IMAGE.sock}
 * @param tcp addresses to listen on; port 0 takes a free one
 * @param insecureListen whether an address other than loopback may be listened on in plaintext
 * @param tls whether and how clients encrypt
 */
public record ServeConfig(
    ImageRequest image,
    StackConfig stack,
    List<Path> unixSockets,
    List<InetSocketAddress> tcp,
    boolean insecureListen,
    TlsSettings tls) {

  /** {@code sun_path} holds 108 bytes, the last of them NUL. */
  public static final int UNIX_PATH_BYTES_MAX = 107;

  /** Fills in the default listener and refuses what cannot be listened on. */
  public ServeConfig {
    unixSockets =
        unixSockets.isEmpty() && tcp.isEmpty()
            ? List.of(ImageRequest.beside(image.image(), ".sock"))
            : List.copyOf(unixSockets);
    tcp = List.copyOf(tcp);
    for (Path path : unixSockets) {
      int bytes = path.toString().getBytes(Charset.defaultCharset()).length;
      Checks.argument(
          bytes <= UNIX_PATH_BYTES_MAX,
          "unix socket path must be at most %d bytes (choose a shorter one with --unix): bytes=%d"
              + " path=%s",
          UNIX_PATH_BYTES_MAX,
          bytes,
          path);
    }
    for (InetSocketAddress address : tcp) {
      Checks.argument(
          !address.isUnresolved(),
          "address to listen on must be known to this machine: host=%s",
          address.getHostString());
      Checks.argument(
          insecureListen || tls.closedToStrangers() || address.getAddress().isLoopbackAddress(),
          "anybody who reaches it reads the plaintext: an address other than loopback needs"
              + " --insecure-listen, or --tls required with --tls-verify-peer: address=%s:%d",
          address.getHostString(),
          address.getPort());
    }
  }
}
