package dev.keyslot.app.cli;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.host.nbd.transport.TlsPolicy;

/** What {@code keyslot serve} is told about TLS. */
final class TlsArguments {

  private static final String VERIFY = "tls-verify-peer";
  private static final String DO_NOT_VERIFY = "no-tls-verify-peer";

  private TlsArguments() {}

  static void declare(Syntax syntax) {
    syntax
        .value("tls", "MODE", "TLS: off (default), offered (can be stripped), or required.")
        .value("tls-dir", "DIR", "Where ca-cert.pem, server-cert.pem and server-key.pem lie.")
        .value("tls-psk", "FILE", "Shared keys in place of certificates: lines of identity:hexkey.")
        .flag(VERIFY, "Clients must show a certificate that ca-cert.pem signed (default).")
        .flag(DO_NOT_VERIFY, "Clients need no certificate.");
  }

  /** What they say together. */
  static TlsSettings settings(Words words) {
    if (words.has(VERIFY) && words.has(DO_NOT_VERIFY)) {
      throw new UsageException("--%s and --%s exclude each other".formatted(VERIFY, DO_NOT_VERIFY));
    }
    return new TlsSettings(
        words.choice("tls", TlsPolicy.Mode.class).orElse(TlsPolicy.Mode.OFF),
        words.path("tls-dir"),
        words.path("tls-psk"),
        !words.has(DO_NOT_VERIFY));
  }
}
