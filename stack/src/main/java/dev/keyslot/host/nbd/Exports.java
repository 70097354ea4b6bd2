package dev.keyslot.host.nbd;

import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.transport.Client;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The exports of a server by name. Safe from any thread. */
final class Exports {

  private final ConcurrentSkipListMap<String, Entry> byName = new ConcurrentSkipListMap<>();
  private final int connectionsMax;

  /** Remembered as long as a handshake may still hold them. */
  private final Set<Export> retired =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

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

  private record Entry(Export export, AccessRule rule) {}

  /**
   * What a client finds under a name.
   *
   * @param export null unless it is served to this client as it is connected now
   * @param needsTls whether it would be inside TLS
   */
  record Found(Export export, boolean needsTls) {

    static final Found NOTHING = new Found(null, false);
  }

  /** Serves {@code export} to those whom {@code rule} admits from now on. */
  void add(Export export, AccessRule rule) {
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
    Entry known = byName.putIfAbsent(name, new Entry(export, rule));
    Checks.argument(known == null, "export name must be new: name=%s", name);
    retired.remove(export);
  }

  /** Whether there was one. */
  boolean remove(String name) {
    return byName.remove(name) != null;
  }

  /** From now on {@code rule} holds for new clients; whether there is such an export. */
  boolean allow(String name, AccessRule rule) {
    return byName.computeIfPresent(name, (_, entry) -> new Entry(entry.export, rule)) != null;
  }

  /** Like {@link #remove}, and no connection may go into transmission with it any more. */
  void retire(String name) {
    Entry entry = byName.get(name);
    if (entry != null) {
      retired.add(entry.export);
      byName.remove(name);
    }
  }

  /** Whether this very export was retired. */
  boolean isRetired(Export export) {
    return retired.contains(export);
  }

  /** What {@code name} means to {@code client}: the empty name means the only one there is. */
  Found find(String name, Client client) {
    Entry entry = byName.get(name);
    if (entry == null && name.isEmpty()) {
      List<Entry> visible =
          byName.values().stream()
              .filter(each -> each.rule.answer(client) != AccessRule.Answer.HIDDEN)
              .toList();
      entry = visible.size() == 1 ? visible.getFirst() : null;
    }
    if (entry == null) {
      return Found.NOTHING;
    }
    return switch (entry.rule.answer(client)) {
      case ADMITTED -> new Found(entry.export, false);
      case NEEDS_TLS -> new Found(null, true);
      case HIDDEN -> Found.NOTHING;
    };
  }

  /** All of them, hidden or not. */
  int count() {
    return byName.size();
  }

  /** What {@code client} may use as it is connected now, in the order of the names. */
  List<Export> all(Client client) {
    return byName.values().stream()
        .filter(entry -> entry.rule.answer(client) == AccessRule.Answer.ADMITTED)
        .map(Entry::export)
        .toList();
  }

  private static boolean isString(String text) {
    return text.indexOf('\0') < 0
        && text.getBytes(StandardCharsets.UTF_8).length <= NbdLimits.STRING_BYTES_MAX;
  }
}
