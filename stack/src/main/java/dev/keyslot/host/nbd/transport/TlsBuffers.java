package dev.keyslot.host.nbd.transport;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLSession;

/** The buffers of one TLS connection, 120 KiB in all; kept and used again by later ones. */
final class TlsBuffers {

  /** Records received at once: one that is looked at, and most of the next. */
  private static final int RECORDS_IN = 2;

  /** Records sent at once: 64 KiB of plaintext. */
  private static final int RECORDS_OUT = 4;

  /** Received and not yet decrypted; between position and limit. */
  final ByteBuffer received;

  /** Decrypted and not yet taken; between position and limit. */
  final ByteBuffer plain;

  /** Encrypted and not yet sent; ready to be filled outside a write. */
  final ByteBuffer toSend;

  /** {@link #toSend}, as a transport takes it. */
  final ByteBuffer[] toSendAlone;

  TlsBuffers(SSLSession session) {
    received = ByteBuffer.allocateDirect(RECORDS_IN * session.getPacketBufferSize()).limit(0);
    plain = ByteBuffer.allocateDirect(session.getApplicationBufferSize()).limit(0);
    toSend = ByteBuffer.allocateDirect(RECORDS_OUT * session.getPacketBufferSize());
    toSendAlone = new ByteBuffer[] {toSend};
  }

  /** As new: the next client sees nothing of this one. */
  void wipe() {
    received.clear().limit(0);
    toSend.clear();
    plain.clear();
    while (plain.hasRemaining()) {
      plain.put((byte) 0);
    }
    plain.limit(0);
  }
}
