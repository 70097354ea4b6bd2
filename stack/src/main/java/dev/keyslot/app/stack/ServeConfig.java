package dev.keyslot.app.stack;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.NbdLimits;
import java.net.InetSocketAddress;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything {@code keyslot serve} was told, checked for form but not yet against the disk.
 *
 * @param images what is served, and how
 * @param unixSockets paths of Unix sockets; empty together with {@code tcp} means {@code
 *     IMAGE.sock}
 * @param tcp addresses to listen on; port 0 takes a free one
 * @param insecureListen whether an address other than loopback may be listened on in plaintext
 * @param tls whether and how clients encrypt
 * @param limits what clients are granted
 */
public record ServeConfig(
    List<Image> images,
    List<Path> unixSockets,
    List<InetSocketAddress> tcp,
    boolean insecureListen,
    TlsSettings tls,
    NbdLimits limits) {

  /**
   * An image and how it is served.
   *
   * @param request created first if it is missing and its size is stated
   */
  public record Image(ImageRequest request, StackConfig stack) {

    /** The same file, however it is written. */
    Path key() {
      return request.image().toAbsolutePath().normalize();
    }

    private List<String> exportNames() {
      return request.volumes().isEmpty()
          ? List.of(stack.exportName("", true))
          : request.volumes().stream()
              .map(volume -> stack.exportName(volume.name(), request.volumes().size() == 1))
              .toList();
    }
  }

  /** {@code sun_path} holds 108 bytes, the last of them NUL. */
  public static final int UNIX_PATH_BYTES_MAX = 107;

  /** One image, with the usual limits. */
  public ServeConfig(
      ImageRequest image,
      StackConfig stack,
      List<Path> unixSockets,
      List<InetSocketAddress> tcp,
      boolean insecureListen,
      TlsSettings tls) {
    this(
        List.of(new Image(image, stack)),
        unixSockets,
        tcp,
        insecureListen,
        tls,
        NbdLimits.standard());
  }

  /** Fills in the default listener and refuses what cannot be listened on. */
  public ServeConfig {
    images = List.copyOf(images);
    Checks.argument(!images.isEmpty(), "at least one image must be served: images=0");
    refuseTwins(images);
    unixSockets =
        unixSockets.isEmpty() && tcp.isEmpty() && images.size() == 1
            ? List.of(ImageRequest.beside(images.getFirst().request().image(), ".sock"))
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
      refuseOpenTo(address, insecureListen || tls.closedToStrangers());
    }
  }

  private static void refuseTwins(List<Image> images) {
    Set<Path> files = new HashSet<>();
    Set<String> names = new HashSet<>();
    for (Image image : images) {
      Checks.argument(
          files.add(image.key()), "images must differ: image=%s", image.request().image());
      for (String name : image.exportNames()) {
        Checks.argument(
            names.add(name),
            "export names must differ (export: gives a volume another one): export=\"%s\" image=%s",
            name,
            image.request().image());
      }
    }
  }

  /** Refuses an address where strangers read plaintext. */
  void refuseOpenTo(InetSocketAddress address) {
    refuseOpenTo(address, insecureListen || tls.closedToStrangers());
  }

  private static void refuseOpenTo(InetSocketAddress address, boolean allowed) {
    Checks.argument(
        allowed || address.getAddress().isLoopbackAddress(),
        "anybody who reaches it reads the plaintext: an address other than loopback needs"
            + " --insecure-listen, or --tls required with --tls-verify-peer: address=%s:%d",
        address.getHostString(),
        address.getPort());
  }

  /** Whether nobody said where to listen. */
  boolean listensAtDefault() {
    return images.size() == 1
        && tcp.isEmpty()
        && unixSockets.equals(
            List.of(ImageRequest.beside(images.getFirst().request().image(), ".sock")));
  }
}
