package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an operator says about TLS; checked for form, not yet against the disk. Immutable.
 *
 * @param directory of the credentials; needed unless TLS is off
 * @param verifyPeer whether clients must show a certificate that {@code ca-cert.pem} signed
 */
public record TlsSettings(TlsPolicy.Mode mode, Optional<Path> directory, boolean verifyPeer) {

  /** Plaintext alone. */
  public static final TlsSettings OFF = new TlsSettings(TlsPolicy.Mode.OFF, Optional.empty(), true);

  /** Refuses credentials without TLS and TLS without credentials. */
  public TlsSettings {
    boolean on = mode != TlsPolicy.Mode.OFF;
    Checks.argument(
        !on || directory.isPresent(),
        "TLS needs a directory with server-cert.pem and server-key.pem: mode=%s",
        word(mode));
    Checks.argument(
        on || directory.isEmpty(),
        "TLS credentials are of no use with TLS off (say offered or required): directory=%s",
        directory.orElse(null));
  }

  /** Whether strangers are kept out, and nobody listens on the way. */
  public boolean closedToStrangers() {
    return mode == TlsPolicy.Mode.REQUIRED && verifyPeer;
  }

  /** The policy, with credentials as they lie on the disk now. */
  public TlsPolicy load() throws StackException {
    return mode == TlsPolicy.Mode.OFF
        ? TlsPolicy.off()
        : TlsDirectory.load(directory.orElseThrow(), mode, verifyPeer);
  }

  private static String word(TlsPolicy.Mode mode) {
    return mode.name().toLowerCase(java.util.Locale.ROOT);
  }
}
