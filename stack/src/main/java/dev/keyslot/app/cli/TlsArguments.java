package dev.keyslot.app.cli;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What {@code keyslot serve} is told about TLS. */
final class TlsArguments {

  @Option(
      names = "--tls",
      paramLabel = "MODE",
      order = 20,
      description = "TLS: off (default), offered (can be stripped), or required.")
  private TlsPolicy.Mode mode = TlsPolicy.Mode.OFF;

  @Option(
      names = "--tls-dir",
      paramLabel = "DIR",
      order = 21,
      description = "Where ca-cert.pem, server-cert.pem and server-key.pem lie.")
  private Path directory;

  @Option(
      names = "--tls-psk",
      paramLabel = "FILE",
      order = 21,
      description = "Shared keys in place of certificates: lines of identity:hexkey.")
  private Path psk;

  @Option(
      names = "--tls-verify-peer",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      order = 22,
      description = "Clients must show a certificate that ca-cert.pem signed (default).")
  private boolean verifyPeer = true;

  TlsArguments() {}

  /** What they say together. */
  TlsSettings settings() {
    return new TlsSettings(
        mode, Optional.ofNullable(directory), Optional.ofNullable(psk), verifyPeer);
  }
}
