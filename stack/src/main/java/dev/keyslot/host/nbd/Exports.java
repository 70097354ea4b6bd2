package dev.keyslot.host.nbd;

import dev.keyslot.base.Checks;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The exports of a server by name. Safe from any thread. */
final class Exports {

  private final ConcurrentSkipListMap<String, Export> byName = new ConcurrentSkipListMap<>();
  private final int connectionsMax;

  /** Connections in transmission; an export without any has no entry. */
  private final ConcurrentHashMap<Export, Integer> connections = new ConcurrentHashMap<>();

  /**
   * No exports.
   *
   * @param connectionsMax that each may have in transmission
   */
  Exports(int connectionsMax) {
    this.connectionsMax = connectionsMax;
  }

  /** One more connection goes into transmission with {@code export}, unless it has too many. */
  boolean enter(Export export) {
    boolean[] room = new boolean[1];
    connections.compute(
        export,
        (_, now) -> {
          int count = now == null ? 0 : now;
          room[0] = count < connectionsMax;
          return room[0] ? Integer.valueOf(count + 1) : now;
        });
    return room[0];
  }

  /** A connection that {@link #enter entered} has ended. */
  void leave(Export export) {
    connections.computeIfPresent(export, (_, now) -> now == 1 ? null : now - 1);
  }

  /** Serves {@code export} from now on. */
  void add(Export export) {
    String name = export.name();
    Checks.argument(
        isString(name), "export name must be at most 4096 bytes without NUL: name=%s", name);
    Checks.argument(
        isString(export.description()),
        "export description must be at most 4096 bytes without NUL: name=%s",
        name);
    int minimum = export.minimumBlockBytes();
    Checks.argument(
        Integer.bitCount(minimum) == 1 && minimum <= 65536,
        "minimum block size must be a power of two in [1, 65536]: minimumBlockBytes=%d",
        minimum);
    Checks.argument(
        export.sizeBytes() >= 0 && export.sizeBytes() % minimum == 0,
        "export size must be a multiple of the minimum block size: sizeBytes=%d",
        export.sizeBytes());
    Export known = byName.putIfAbsent(name, export);
    Checks.argument(known == null, "export name must be new: name=%s", name);
  }

  /** Whether there was one. */
  boolean remove(String name) {
    return byName.remove(name) != null;
  }

  /** The export that {@code name} means: the empty name means the only one there is; or null. */
  Export find(String name) {
    Export export = byName.get(name);
    if (export == null && name.isEmpty()) {
      List<Export> all = List.copyOf(byName.values());
      return all.size() == 1 ? all.getFirst() : null;
    }
    return export;
  }

  /** In the order of their names. */
  Collection<Export> all() {
    return byName.values();
  }

  private static boolean isString(String text) {
    return text.indexOf('\0') < 0
        && text.getBytes(StandardCharsets.UTF_8).length <= NbdLimits.STRING_BYTES_MAX;
  }
}
