package dev.keyslot.app.access;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.PskIdentity;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsPSKExternal;
import org.bouncycastle.tls.TlsPSKIdentityManager;
import org.bouncycastle.tls.crypto.TlsCrypto;

/**
 * One TLS handshake in which the client proves that it knows a shared key; no certificates.
 *
 * <p>Only suites with a key exchange of their own: who learns a shared key later cannot read what
 * was recorded before. One thread.
 */
final class PskServer extends AbstractTlsServer {

  /** AES, which the JDK has in hardware. TLS 1.3: with SHA-256, as keys from a file have it. */
  private static final int[] SUITES = {
    CipherSuite.TLS_AES_128_GCM_SHA256,
    CipherSuite.TLS_DHE_PSK_WITH_AES_256_GCM_SHA384,
    CipherSuite.TLS_DHE_PSK_WITH_AES_128_GCM_SHA256,
  };

  /** As {@code psktool} makes them. */
  private static final int NOBODYS_BYTES = 32;

  private final PskKeys keys;

  /** Whose key the handshake stands or falls with; null before. */
  private byte[] claimed;

  PskServer(TlsCrypto crypto, PskKeys keys) {
    super(crypto);
    this.keys = keys;
  }

  /** Whose key the client knew, after a handshake that succeeded. */
  String identity() {
    return new String(
        Objects.requireNonNull(claimed, "no handshake without a shared key"),
        StandardCharsets.UTF_8);
  }

  @Override
  protected ProtocolVersion[] getSupportedVersions() {
    return ProtocolVersion.TLSv13.downTo(ProtocolVersion.TLSv12);
  }

  @Override
  protected int[] getSupportedCipherSuites() {
    return SUITES.clone();
  }

  /** TLS 1.3: the client names those whose keys it knows. */
  @Override
  @SuppressWarnings({"rawtypes", "JdkObsolete"}) // the library's own signature
  public TlsPSKExternal getExternalPSK(Vector identities) {
    for (Object each : identities) {
      byte[] identity = ((PskIdentity) each).getIdentity();
      if (keys.of(identity) != null) {
        return external(identity, keys.of(identity).clone());
      }
    }
    byte[] unknown = ((PskIdentity) identities.firstElement()).getIdentity();
    return external(unknown, nobodys());
  }

  private TlsPSKExternal external(byte[] identity, byte[] key) {
    claimed = identity;
    return new BasicTlsPSKExternal(identity, getCrypto().createSecret(key));
  }

  /** An unknown identity fails as a wrong key does: strangers do not learn who is known. */
  private byte[] nobodys() {
    byte[] key = new byte[NOBODYS_BYTES];
    getCrypto().getSecureRandom().nextBytes(key);
    return key;
  }

  /** TLS 1.2. */
  @Override
  public TlsPSKIdentityManager getPSKIdentityManager() {
    return new TlsPSKIdentityManager() {
      @Override
      public byte[] getHint() {
        return null; // none is sent
      }

      @Override
      public byte[] getPSK(byte[] identity) {
        claimed = identity;
        byte[] key = keys.of(identity);
        return key == null ? nobodys() : key.clone();
      }
    };
  }

  @Override
  public TlsCredentials getCredentials() {
    return null; // a shared key stands for them
  }
}
