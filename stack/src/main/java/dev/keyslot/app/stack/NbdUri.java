package dev.keyslot.app.stack;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** NBD URIs as the protocol's own specification forms them. Stateless. */
final class NbdUri {

  /** RFC 3986: unreserved characters, and those that a path or a query value may hold bare. */
  private static final String BARE = "-._~/:@";

  private NbdUri() {}

  static String unix(Path socket, String exportName, boolean tls) {
    return (tls ? "nbds+unix:///" : "nbd+unix:///")
        + encode(exportName)
        + "?socket="
        + encode(socket.toAbsolutePath().toString());
  }

  static String tcp(InetSocketAddress address, String exportName, boolean tls) {
    String host = address.getAddress().getHostAddress();
    if (address.getAddress() instanceof Inet6Address) {
      host = "[" + host.replaceFirst("%.*", "") + "]";
    }
    String path = exportName.isEmpty() ? "" : "/" + encode(exportName);
    return (tls ? "nbds://" : "nbd://") + host + ":" + address.getPort() + path;
  }

  private static String encode(String text) {
    var encoded = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) Byte.toUnsignedInt(b);
      boolean bare = c < 128 && (Character.isLetterOrDigit(c) || BARE.indexOf(c) >= 0);
      encoded.append(bare ? String.valueOf(c) : String.format("%%%02X", (int) c));
    }
    return encoded.toString();
  }
}
