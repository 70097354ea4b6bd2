package dev.keyslot.app.cli;

import dev.keyslot.app.config.LimitSettings;
import dev.keyslot.host.nbd.NbdLimits;
import java.util.List;
import java.util.function.BiConsumer;

/** What {@code keyslot serve} grants to its clients; the words are those of a configuration. */
final class LimitArguments {

  private record Limit(
      String option, String label, String meaning, BiConsumer<LimitSettings, String> setter) {}

  private static final List<Limit> ALL =
      List.of(
          new Limit(
              "connections",
              "N",
              "Connections at once; one more is closed (1000).",
              LimitSettings::connections),
          new Limit(
              "export-connections",
              "N",
              "Connections at once to one export (as --connections).",
              LimitSettings::exportConnections),
          new Limit(
              "handshake-seconds",
              "N",
              "A client must be through its handshake after N seconds (10).",
              LimitSettings::handshakeSeconds),
          new Limit(
              "idle-seconds",
              "N",
              "A client without a request for N seconds is dropped (never).",
              LimitSettings::idleSeconds),
          new Limit(
              "stall-seconds",
              "N",
              "A MiB of payload or replies must move within N seconds (30).",
              LimitSettings::stallSeconds),
          new Limit(
              "connection-payload",
              "SIZE",
              "Payload in hand of one connection; then its socket is not read (34M).",
              LimitSettings::connectionPayload),
          new Limit(
              "payload",
              "SIZE",
              "Payload in hand of all; then no socket is read (66M).",
              LimitSettings::payload));

  private LimitArguments() {}

  static void declare(Syntax syntax) {
    ALL.forEach(limit -> syntax.value(limit.option(), limit.label(), limit.meaning()));
  }

  /** What they say together. */
  static NbdLimits limits(Words words) {
    return UsageException.ifRefused(
        () -> {
          var settings = new LimitSettings();
          for (Limit limit : ALL) {
            words.text(limit.option()).ifPresent(text -> limit.setter().accept(settings, text));
          }
          return settings.limits();
        });
  }
}
