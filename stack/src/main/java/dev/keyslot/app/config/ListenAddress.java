package dev.keyslot.app.config;

import dev.keyslot.base.Checks;
import java.net.InetSocketAddress;
import java.util.regex.Pattern;

/** {@code HOST:PORT} as an operator writes it, with brackets around an IPv6 address. Stateless. */
public final class ListenAddress {

  private static final Pattern FORM =
      Pattern.compile("(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+):([0-9]{1,5})");
  private static final int PORT_MAX = 65535;

  private ListenAddress() {}

  /** The address, unresolved if its host has none. */
  public static InetSocketAddress parse(String text) {
    var matcher = FORM.matcher(text);
    Checks.argument(
        matcher.matches() && Integer.parseInt(matcher.group(2)) <= PORT_MAX,
        "address to listen on must be HOST:PORT, such as 127.0.0.1:10809 or [::1]:10809: listen=%s",
        text);
    return new InetSocketAddress(
        matcher.group(1).replaceAll("[\\[\\]]", ""), Integer.parseInt(matcher.group(2)));
  }
}
