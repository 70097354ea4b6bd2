package dev.keyslot.app.access;

import dev.keyslot.app.image.StackException;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.host.nbd.transport.Tls;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * A directory of TLS credentials as qemu and libnbd lay it out: {@code ca-cert.pem}, {@code
 * server-cert.pem}, {@code server-key.pem}, and {@code ca-crl.pem} if there are revocations.
 *
 * <p>Read anew each time; what was loaded before is not changed by that. Stateless.
 */
public final class TlsDirectory {

  private static final String CA = "ca-cert.pem";
  private static final String CRL = "ca-crl.pem";
  private static final String CERTIFICATE = "server-cert.pem";
  private static final String KEY = "server-key.pem";

  /** Any right of everybody. */
  private static final int OTHERS = 07;

  private static final char[] NO_PASSWORD = {};

  private TlsDirectory() {}

  /**
   * A policy with the credentials of {@code directory}.
   *
   * @param verifyPeer whether clients must show a certificate that {@code ca-cert.pem} signed
   * @throws StackException if a file is missing, damaged, out of date, or does not fit the others
   */
  public static TlsPolicy load(Path directory, TlsPolicy.Mode mode, boolean verifyPeer)
      throws StackException {
    List<X509Certificate> chain =
        certificates(directory.resolve(CERTIFICATE), "server certificate");
    PrivateKey key = privateKey(directory.resolve(KEY));
    KeyMatch.check(chain.getFirst(), key, directory);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          keyManagers(chain, key),
          verifyPeer ? trustManagers(directory) : new TrustManager[0],
          null);
      return new Tls(context, mode, verifyPeer);
    } catch (GeneralSecurityException | IOException e) {
      throw new StackException(
          StackException.Category.FIX_CONFIG,
          "TLS credentials must be usable: directory=%s: %s".formatted(directory, e.getMessage()),
          e);
    }
  }

  private static PrivateKey privateKey(Path file) throws StackException {
    try {
      if (Files.exists(file) && (PosixFile.status(file).permissions() & OTHERS) != 0) {
        throw StackException.fix(
            "server key must be closed to others (chmod o= it): mode=%04o file=%s",
            PosixFile.status(file).permissions(), file);
      }
    } catch (PosixException e) {
      throw StackException.fix("server key must be readable: file=%s: %s", file, e.getMessage());
    }
    return PrivateKeys.read(file);
  }

  private static List<X509Certificate> certificates(Path file, String what) throws StackException {
    List<X509Certificate> certificates = new ArrayList<>();
    for (Pem block : Pem.read(file, what)) {
      if (block.label().equals("CERTIFICATE")) {
        try {
          certificates.add(
              (X509Certificate) x509().generateCertificate(new ByteArrayInputStream(block.der())));
        } catch (CertificateException e) {
          throw StackException.fix("%s must be an intact certificate: file=%s", what, file);
        }
      }
    }
    if (certificates.isEmpty()) {
      throw StackException.fix("%s must be a certificate in PEM form: file=%s", what, file);
    }
    return certificates;
  }

  private static CertificateFactory x509() throws CertificateException {
    return CertificateFactory.getInstance("X.509");
  }

  private static KeyManager[] keyManagers(List<X509Certificate> chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    KeyStore store = empty();
    store.setKeyEntry("server", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trustManagers(Path directory)
      throws StackException, GeneralSecurityException, IOException {
    KeyStore store = empty();
    int number = 0;
    for (X509Certificate authority : certificates(directory.resolve(CA), "authorities")) {
      store.setCertificateEntry("authority " + number++, authority);
    }
    var parameters = new PKIXBuilderParameters(store, new X509CertSelector());
    Path revocations = directory.resolve(CRL);
    parameters.setRevocationEnabled(Files.exists(revocations));
    if (Files.exists(revocations)) {
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection", new CollectionCertStoreParameters(revocations(revocations))));
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(new CertPathTrustManagerParameters(parameters));
    return factory.getTrustManagers();
  }

  private static List<CRL> revocations(Path file) throws StackException, GeneralSecurityException {
    List<CRL> lists = new ArrayList<>();
    for (Pem block : Pem.read(file, "revocations")) {
      lists.add(x509().generateCRL(new ByteArrayInputStream(block.der())));
    }
    if (lists.isEmpty()) {
      throw StackException.fix("revocations must be lists in PEM form: file=%s", file);
    }
    return lists;
  }

  private static KeyStore empty() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
