package dev.keyslot.architecture;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The one map of rooms: which room may know which.
 *
 * <p>A room is a package below {@code dev.keyslot}. Compile-time arrows point left: the requester
 * publishes the interface, the next room implements it. No arrow crosses from host to model or
 * back.
 */
final class Rooms {

  static final String ROOT = "dev.keyslot";

  /** Rooms on the map that nobody has built yet; taken off this list by whoever builds one. */
  static final Set<String> LATER = Set.of("app.dashboard");

  /** Rooms that may use a library; all others need the JDK alone. */
  static final Set<String> WITH_LIBRARIES =
      Set.of(
          "app.cli",
          "app.image",
          "app.json",
          "app.metrics",
          "app.stack",
          "app.config",
          "app.dashboard");

  /** Rooms that may use one library beside, where it is there: its packages begin like this. */
  static final Map<String, String> OPTIONAL_LIBRARY =
      Map.of("base.cipher", "org.bouncycastle.", "app.access", "org.bouncycastle.tls.");

  private static final Map<String, Set<String>> KNOWS = new TreeMap<>();

  static {
    room("base");
    room("base.cipher", "base", "base.posix");
    room("base.metrics", "base");
    room("base.posix", "base");

    room("link.bus", "base");
    room("link.cqhci", "base", "link.bus");
    room("link.emmc", "base", "link.bus");
    room("link.ice", "base", "link.bus");
    room("link.sdhci", "base", "link.bus");

    room("host.nbd", "base", "base.metrics", "host.nbd.transport");
    room("host.nbd.transport", "base");
    room("host.volume", "base", "base.metrics", "host.nbd", "host.block", "host.block.crypto");
    room("host.block.crypto", "base", "base.metrics", "base.posix");
    room("host.block.integrity", "base");
    room("host.block", "base", "base.metrics", "host.block.crypto", "host.block.integrity");
    room(
        "host.block.fallback",
        "base",
        "base.metrics",
        "base.cipher",
        "host.block",
        "host.block.crypto");
    room("host.device", "base", "link.bus");
    room(
        "host.mmc",
        "base",
        "base.metrics",
        "host.block",
        "host.block.crypto",
        "host.device",
        "link.bus",
        "link.emmc");
    room(
        "host.cqhci",
        "base",
        "base.metrics",
        "base.posix",
        "host.block.crypto",
        "host.device",
        "host.mmc",
        "link.bus",
        "link.cqhci",
        "link.emmc");
    room(
        "host.sdhci",
        "base",
        "base.metrics",
        "host.block.crypto",
        "host.device",
        "host.mmc",
        "host.cqhci",
        "link.bus",
        "link.cqhci",
        "link.emmc",
        "link.ice",
        "link.sdhci");

    room("model.fault", "base");
    room("model.media", "base", "base.posix", "model.fault");
    room("model.card", "base", "link.bus", "link.emmc", "model.media", "model.fault");
    room("model.engine", "base", "base.cipher", "link.cqhci", "link.ice", "model.fault");
    room(
        "model.controller",
        "base",
        "base.metrics",
        "link.bus",
        "link.cqhci",
        "link.emmc",
        "link.ice",
        "link.sdhci",
        "model.engine",
        "model.fault");

    room("model.ice", "base", "link.bus", "link.cqhci", "link.ice", "model.engine");
    room(
        "app.hosts",
        "base",
        "base.cipher",
        "host.cqhci",
        "host.device",
        "host.sdhci",
        "link.bus",
        "link.cqhci",
        "link.ice",
        "link.sdhci",
        "model.card",
        "model.controller",
        "model.engine",
        "model.ice");
    room("app.faults", "link.bus", "model.card", "model.fault", "model.media");
    room("app.json");
    room(
        "app.image",
        "app.json",
        "base",
        "base.cipher",
        "base.posix",
        "host.block.crypto",
        "host.volume");
    room("app.access", "app.image", "base", "base.posix", "host.nbd", "host.nbd.transport");
    room("app.survey", "app.image", "base", "base.cipher", "base.posix", "host.volume");
    room("app.metrics", "base", "base.metrics");
    room("app.top", "base");
    room("app.trace", "base", "host.device", "link.bus", "link.cqhci", "link.sdhci");
    room("app.systemd", "app.image", "base", "base.posix");
    Set<String> all = new TreeSet<>(KNOWS.keySet());
    room("app.stack", all.toArray(String[]::new));
    room("app.embed", "app.image", "app.stack", "base", "host.nbd");
    room(
        "app.config",
        "app.access",
        "app.hosts",
        "app.image",
        "app.stack",
        "base",
        "host.nbd",
        "host.nbd.transport",
        "host.volume");
    room(
        "app.cli",
        "app.access",
        "app.config",
        "app.faults",
        "app.hosts",
        "app.image",
        "app.json",
        "app.metrics",
        "app.stack",
        "app.survey",
        "app.systemd",
        "app.top",
        "app.trace",
        "base",
        "host.device",
        "host.nbd",
        "host.nbd.transport",
        "host.volume");
    room("app.dashboard", "base", "base.metrics");
  }

  private Rooms() {}

  private static void room(String name, String... knows) {
    KNOWS.put(name, Set.of(knows));
  }

  /** Every room on the map. */
  static Set<String> all() {
    return KNOWS.keySet();
  }

  /** The room of a package, {@code ""} for the root, null if the package is not ours. */
  static String ofPackage(String packageName) {
    if (packageName.equals(ROOT)) {
      return "";
    }
    return packageName.startsWith(ROOT + ".") ? packageName.substring(ROOT.length() + 1) : null;
  }

  /** Whether code in {@code from} may name a type of {@code to}. */
  static boolean mayKnow(String from, String to) {
    return from.equals(to) || KNOWS.getOrDefault(from, Set.of()).contains(to);
  }

  /** Whether {@code from} and {@code to} stand on different sides of the wall. */
  static boolean acrossTheWall(String from, String to) {
    return side(from) * side(to) < 0;
  }

  private static int side(String room) {
    if (room.equals("host") || room.startsWith("host.")) {
      return -1;
    }
    return room.equals("model") || room.startsWith("model.") ? 1 : 0;
  }
}
