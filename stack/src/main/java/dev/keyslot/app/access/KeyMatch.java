package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;

/** Whether a certificate can be shown today, and the key is its own. Stateless. */
final class KeyMatch {

  private static final byte[] PROBE = "keyslot".getBytes(StandardCharsets.US_ASCII);

  private KeyMatch() {}

  /** Refuses, at the start, what every client would refuse later. */
  static void check(X509Certificate certificate, PrivateKey key, Path directory)
      throws StackException {
    try {
      certificate.checkValidity();
    } catch (CertificateExpiredException | CertificateNotYetValidException e) {
      throw StackException.fix(
          "server certificate must be valid today: notBefore=%s notAfter=%s directory=%s",
          certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant(), directory);
    }
    if (!signs(certificate, key)) {
      throw StackException.fix(
          "server key must be the certificate's: subject=\"%s\" directory=%s",
          certificate.getSubjectX500Principal().getName(), directory);
    }
  }

  private static boolean signs(X509Certificate certificate, PrivateKey key) {
    try {
      Signature signer = Signature.getInstance(algorithm(key));
      signer.initSign(key);
      signer.update(PROBE);
      byte[] signature = signer.sign();
      signer.initVerify(certificate.getPublicKey());
      signer.update(PROBE);
      return signer.verify(signature);
    } catch (GeneralSecurityException e) {
      return false; // keys of two kinds
    }
  }

  private static String algorithm(PrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> key.getAlgorithm();
    };
  }
}
