package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import dev.keyslot.base.Checks;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an operator says about TLS; checked for form, not yet against the disk. Immutable.
 *
 * @param directory of certificates; this or {@code psk} is needed unless TLS is off
 * @param psk file of shared keys, which take the place of certificates
 * @param verifyPeer whether clients must show a certificate that {@code ca-cert.pem} signed
 */
public record TlsSettings(
    TlsPolicy.Mode mode, Optional<Path> directory, Optional<Path> psk, boolean verifyPeer) {

  /** Plaintext alone. */
  public static final TlsSettings OFF = new TlsSettings(TlsPolicy.Mode.OFF, Optional.empty(), true);

  /** With certificates. */
  public TlsSettings(TlsPolicy.Mode mode, Optional<Path> directory, boolean verifyPeer) {
    this(mode, directory, Optional.empty(), verifyPeer);
  }

  /** Refuses credentials without TLS and TLS without credentials. */
  public TlsSettings {
    boolean on = mode != TlsPolicy.Mode.OFF;
    Checks.argument(
        !on || directory.isPresent() || psk.isPresent(),
        "TLS needs a directory with server-cert.pem and server-key.pem, or a file of shared keys:"
            + " mode=%s",
        word(mode));
    Checks.argument(
        directory.isEmpty() || psk.isEmpty(),
        "TLS has either certificates or shared keys: directory=%s psk=%s",
        directory.orElse(null),
        psk.orElse(null));
    Checks.argument(
        on || (directory.isEmpty() && psk.isEmpty()),
        "TLS credentials are of no use with TLS off (say offered or required): file=%s",
        directory.or(() -> psk).orElse(null));
  }

  /** Whether strangers are kept out, and nobody listens on the way. */
  public boolean closedToStrangers() {
    return mode == TlsPolicy.Mode.REQUIRED && (verifyPeer || psk.isPresent());
  }

  /** The policy, with credentials as they lie on the disk now. */
  public TlsPolicy load() throws StackException {
    if (mode == TlsPolicy.Mode.OFF) {
      return TlsPolicy.off();
    }
    return psk.isPresent()
        ? PskKeys.read(psk.get()).policy(mode)
        : TlsDirectory.load(directory.orElseThrow(), mode, verifyPeer);
  }

  private static String word(TlsPolicy.Mode mode) {
    return mode.name().toLowerCase(java.util.Locale.ROOT);
  }
}
