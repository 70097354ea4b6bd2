package dev.keyslot.app.access;

import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.security.SecureRandom;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCryptoProvider;

/** TLS 1.3 and 1.2 with shared keys; the JDK's own TLS has none. Safe from any thread. */
final class PskTls implements TlsPolicy {

  private final TlsCrypto crypto = new JcaTlsCryptoProvider().create(new SecureRandom());
  private final PskKeys keys;
  private final Mode mode;

  PskTls(PskKeys keys, Mode mode) {
    this.keys = keys;
    this.mode = mode;
  }

  @Override
  public Mode mode() {
    return mode;
  }

  @Override
  public Transport upgrade(Transport plain) throws IOException {
    var tls = new PskTransport(plain, new PskServer(crypto, keys));
    tls.handshake();
    return tls;
  }
}
