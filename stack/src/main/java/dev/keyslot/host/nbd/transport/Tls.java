package dev.keyslot.host.nbd.transport;

import java.io.IOException;
import java.util.ArrayDeque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** TLS 1.3 and 1.2 by the JDK, for any number of connections. */
public final class Tls implements TlsPolicy {

  /** Enough for clients that come and go; after a crowd the rest is left to the collector. */
  private static final int BUFFERS_KEPT = 16;

  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final SSLContext context;
  private final Mode mode;
  private final boolean verifyPeer;

  /** Of connections that ended. Guarded by itself. */
  private final ArrayDeque<TlsBuffers> kept = new ArrayDeque<>();

  /**
   * A policy whose keys and authorities are {@code context}'s.
   *
   * @param verifyPeer whether a client must show a certificate that the authorities signed
   */
  public Tls(SSLContext context, Mode mode, boolean verifyPeer) {
    this.context = context;
    this.mode = mode;
    this.verifyPeer = verifyPeer;
  }

  @Override
  public Mode mode() {
    return mode;
  }

  @Override
  public Transport upgrade(Transport plain) throws IOException {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNeedClientAuth(verifyPeer);
    engine.setSSLParameters(parameters);
    var tls = new TlsTransport(plain, engine, take(engine), this);
    try {
      tls.handshake();
      return tls;
    } catch (IOException | RuntimeException | Error e) {
      give(tls.buffers());
      throw e;
    }
  }

  private TlsBuffers take(SSLEngine engine) {
    synchronized (kept) {
      TlsBuffers known = kept.pollFirst();
      return known == null ? new TlsBuffers(engine.getSession()) : known;
    }
  }

  /** Nobody uses these buffers any more. */
  void give(TlsBuffers buffers) {
    buffers.wipe();
    synchronized (kept) {
      if (kept.size() < BUFFERS_KEPT) {
        kept.addFirst(buffers);
      }
    }
  }
}
