package dev.keyslot.app.cli;

import dev.keyslot.app.config.LimitSettings;
import dev.keyslot.host.nbd.NbdLimits;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What {@code keyslot serve} grants to its clients; the words are those of a configuration. */
@SuppressWarnings("UnusedMethod") // the parser calls them
final class LimitArguments {

  private final LimitSettings settings = new LimitSettings();

  @Spec(Target.MIXEE)
  private CommandSpec command;

  LimitArguments() {}

  /** What they say together. */
  NbdLimits limits() {
    try {
      return settings.limits();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  @Option(
      names = "--connections",
      paramLabel = "N",
      order = 23,
      description = "Connections at once; one more is closed (1000).")
  private void connections(String text) {
    take(settings::connections, text);
  }

  @Option(
      names = "--export-connections",
      paramLabel = "N",
      order = 23,
      description = "Connections at once to one export (as --connections).")
  private void exportConnections(String text) {
    take(settings::exportConnections, text);
  }

  @Option(
      names = "--handshake-seconds",
      paramLabel = "N",
      order = 23,
      description = "A client must be through its handshake after N seconds (10).")
  private void handshakeSeconds(String text) {
    take(settings::handshakeSeconds, text);
  }

  @Option(
      names = "--idle-seconds",
      paramLabel = "N",
      order = 23,
      description = "A client without a request for N seconds is dropped (never).")
  private void idleSeconds(String text) {
    take(settings::idleSeconds, text);
  }

  @Option(
      names = "--stall-seconds",
      paramLabel = "N",
      order = 23,
      description = "A MiB of payload or replies must move within N seconds (30).")
  private void stallSeconds(String text) {
    take(settings::stallSeconds, text);
  }

  @Option(
      names = "--connection-payload",
      paramLabel = "SIZE",
      order = 23,
      description = "Payload in hand of one connection; then its socket is not read (34M).")
  private void connectionPayload(String text) {
    take(settings::connectionPayload, text);
  }

  @Option(
      names = "--payload",
      paramLabel = "SIZE",
      order = 23,
      description = "Payload in hand of all; then no socket is read (66M).")
  private void payload(String text) {
    take(settings::payload, text);
  }

  private void take(Consumer<String> setter, String text) {
    try {
      setter.accept(text);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }
}
