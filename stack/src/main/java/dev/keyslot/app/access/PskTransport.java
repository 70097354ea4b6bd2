package dev.keyslot.app.access;

import dev.keyslot.host.nbd.transport.Client;
import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.bouncycastle.tls.TlsNoCloseNotifyException;
import org.bouncycastle.tls.TlsServerProtocol;

/**
 * TLS with shared keys over another transport, by BouncyCastle in its blocking mode.
 *
 * <p>One thread may read while another writes. Records of one write are sent together.
 */
final class PskTransport implements Transport {

  /** Two records received at once. */
  private static final int RECEIVE_BYTES = 32 << 10;

  /** Four records of 16 KiB, and what surrounds them. */
  private static final int SEND_BYTES = 66 << 10;

  /** Plaintext of one record. */
  private static final int PIECE_BYTES = 16 << 10;

  private final Transport plain;
  private final PskServer server;
  private final Received received = new Received();
  private final Sent sent = new Sent();
  private final TlsServerProtocol protocol = new TlsServerProtocol(received, sent);
  private final byte[] readPiece = new byte[PIECE_BYTES];
  private final byte[] writePiece = new byte[PIECE_BYTES];
  private Client client = Client.UNKNOWN;

  PskTransport(Transport plain, PskServer server) {
    this.plain = plain;
    this.server = server;
  }

  /** Ciphertext on its way in. Belongs to the reader. */
  private final class Received extends InputStream {

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(RECEIVE_BYTES).limit(0);

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int count) throws IOException {
      if (!buffer.hasRemaining()) {
        buffer.clear();
        int more;
        try {
          more = plain.read(buffer);
        } finally {
          buffer.flip();
        }
        if (more < 0) {
          return -1;
        }
      }
      int now = Math.min(count, buffer.remaining());
      buffer.get(into, at, now);
      return now;
    }
  }

  /** Ciphertext on its way out: kept while a write goes on, else sent at once. */
  private final class Sent extends OutputStream {

    private final ByteBuffer buffer = ByteBuffer.allocateDirect(SEND_BYTES);
    private final ByteBuffer[] alone = {buffer};
    private boolean keeps;

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] from, int at, int count) throws IOException {
      int done = 0;
      while (done < count) {
        if (!buffer.hasRemaining()) {
          send();
        }
        int now = Math.min(count - done, buffer.remaining());
        buffer.put(from, at + done, now);
        done += now;
      }
      if (!keeps) {
        send();
      }
    }

    synchronized void keep(boolean whether) throws IOException {
      keeps = whether;
      if (!whether) {
        send();
      }
    }

    private void send() throws IOException {
      buffer.flip();
      try {
        if (buffer.hasRemaining()) {
          plain.write(alone, 1);
        }
      } finally {
        buffer.clear();
      }
    }
  }

  /** Agrees with the client, who begins; on failure the client is told why. */
  void handshake() throws IOException {
    try {
      protocol.accept(server);
      client = plain.client().withPskIdentity(server.identity());
    } catch (IOException e) {
      throw new IOException("TLS handshake failed: " + e.getMessage(), e);
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    int count;
    try {
      count = protocol.readApplicationData(readPiece, 0, Math.min(PIECE_BYTES, into.remaining()));
    } catch (TlsNoCloseNotifyException e) {
      return -1; // it left without taking leave
    }
    if (count > 0) {
      into.put(readPiece, 0, count);
    }
    return count;
  }

  @Override
  public void write(ByteBuffer[] from, int count) throws IOException {
    sent.keep(true);
    try {
      for (int i = 0; i < count; i++) {
        while (from[i].hasRemaining()) {
          int now = Math.min(PIECE_BYTES, from[i].remaining());
          from[i].get(writePiece, 0, now);
          protocol.writeApplicationData(writePiece, 0, now);
        }
      }
    } finally {
      sent.keep(false);
    }
  }

  @Override
  public void alone(boolean whether) throws IOException {
    plain.alone(whether);
  }

  @Override
  public void endInput() {
    plain.endInput();
  }

  @Override
  public String peer() {
    return plain.peer();
  }

  @Override
  public Client client() {
    return client;
  }

  /** The other side learns that nothing was cut off. */
  @Override
  public void end() {
    try {
      protocol.close();
    } catch (IOException gone) {
      // nobody is left to tell
    }
    plain.end();
  }

  @Override
  public void close() {
    plain.close();
  }
}
