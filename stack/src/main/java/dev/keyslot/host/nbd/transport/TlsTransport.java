package dev.keyslot.host.nbd.transport;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;

/**
 * TLS over another transport.
 *
 * <p>The reader decrypts straight into what it was given where a whole record fits. What the
 * protocol itself has to say while data flows (a new key) is sent by the reader, between the
 * writer's records.
 */
final class TlsTransport implements Transport {

  private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};

  private final Transport plain;
  private final SSLEngine engine;
  private final TlsBuffers buffers;
  private final Tls owner;

  /** Held while encrypting and sending. */
  private final ReentrantLock sending = new ReentrantLock();

  private boolean established;

  /** Nothing more will come. Belongs to the reader. */
  private boolean ended;

  private Client client = Client.UNKNOWN;

  TlsTransport(Transport plain, SSLEngine engine, TlsBuffers buffers, Tls owner) {
    this.plain = plain;
    this.engine = engine;
    this.buffers = buffers;
    this.owner = owner;
  }

  TlsBuffers buffers() {
    return buffers;
  }

  /** Agrees with the client, who begins; on failure the client is told why. */
  void handshake() throws IOException {
    try {
      engine.beginHandshake();
      while (step(engine.getHandshakeStatus())) {
        // the client's turn, then ours, and so on
      }
      client = plain.client().withCertificate(subject());
      established = true;
    } catch (SSLException e) {
      sayWhy();
      throw new IOException("TLS handshake failed: " + reason(e), e);
    }
  }

  /** One step of the handshake; false when it is done. */
  private boolean step(HandshakeStatus status) throws IOException {
    switch (status) {
      case FINISHED, NOT_HANDSHAKING -> {
        return false;
      }
      case NEED_TASK -> runTasks();
      case NEED_WRAP -> sendOwn();
      case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
        boolean taken = unwrap(buffers.plain.clear());
        buffers.plain.flip();
        if (ended || !taken || buffers.plain.hasRemaining()) {
          throw new EOFException(
              ended ? "closed by peer in TLS handshake" : "data before the end of TLS handshake");
        }
      }
    }
    return true;
  }

  private void runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  private Optional<X500Principal> subject() {
    try {
      return engine.getSession().getPeerPrincipal() instanceof X500Principal name
          ? Optional.of(name)
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty(); // it did not have to show one
    }
  }

  @Override
  public int read(ByteBuffer into) throws IOException {
    while (!buffers.plain.hasRemaining()) {
      if (ended) {
        return -1;
      }
      int before = into.position();
      if (!unwrap(into)) {
        unwrap(buffers.plain.clear());
        buffers.plain.flip();
      } else if (into.position() > before) {
        return into.position() - before;
      }
    }
    int count = Math.min(into.remaining(), buffers.plain.remaining());
    into.put(into.position(), buffers.plain, buffers.plain.position(), count);
    into.position(into.position() + count);
    buffers.plain.position(buffers.plain.position() + count);
    return count;
  }

  /** Decrypts a record, or receives more of one; false if its content does not fit. */
  private boolean unwrap(ByteBuffer into) throws IOException {
    SSLEngineResult result = engine.unwrap(buffers.received, into);
    switch (result.getStatus()) {
      case OK -> answer(result.getHandshakeStatus());
      case BUFFER_OVERFLOW -> {
        return false;
      }
      case BUFFER_UNDERFLOW -> {
        buffers.received.compact();
        int count;
        try {
          count = plain.read(buffers.received);
        } finally {
          buffers.received.flip();
        }
        ended = count < 0;
      }
      case CLOSED -> ended = true;
    }
    return true;
  }

  /** What the other side's record asks for once data flows: in TLS 1.3, a new key. */
  private void answer(HandshakeStatus wanted) throws IOException {
    if (!established || wanted == HandshakeStatus.NOT_HANDSHAKING) {
      return;
    }
    if (!"TLSv1.3".equals(engine.getSession().getProtocol())) {
      throw new IOException("TLS renegotiation is not served");
    }
    runTasks();
    if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
      sendOwn();
    }
  }

  @Override
  public void write(ByteBuffer[] from, int count) throws IOException {
    sending.lock();
    try {
      int first = skipEmpty(from, 0, count);
      while (first < count) {
        if (buffers.toSend.remaining() < engine.getSession().getPacketBufferSize()) {
          flush();
        }
        SSLEngineResult result = engine.wrap(from, first, count - first, buffers.toSend);
        if (result.getStatus() != SSLEngineResult.Status.OK || result.bytesProduced() == 0) {
          throw new IOException("TLS ended by peer: " + result.getStatus());
        }
        first = skipEmpty(from, first, count);
      }
      flush();
    } finally {
      buffers.toSend.clear();
      sending.unlock();
    }
  }

  /** Sends what the protocol itself has to say. */
  private void sendOwn() throws IOException {
    sending.lock();
    try {
      engine.wrap(NOTHING, 0, 1, buffers.toSend);
      flush();
    } finally {
      buffers.toSend.clear();
      sending.unlock();
    }
  }

  private static int skipEmpty(ByteBuffer[] from, int first, int count) {
    int next = first;
    while (next < count && !from[next].hasRemaining()) {
      next++;
    }
    return next;
  }

  private void flush() throws IOException {
    buffers.toSend.flip();
    if (buffers.toSend.hasRemaining()) {
      plain.write(buffers.toSendAlone, 1);
    }
    buffers.toSend.clear();
  }

  /** Sends the alert that the engine has ready; the connection ends anyway. */
  private void sayWhy() {
    try {
      if (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
        sendOwn();
      }
    } catch (IOException gone) {
      // the reason stands in our own log as well
    }
  }

  /** One line: the deepest cause says what was wrong with a certificate. */
  private static String reason(Throwable failure) {
    Throwable deepest = failure;
    while (deepest.getCause() != null && deepest.getCause().getMessage() != null) {
      deepest = deepest.getCause();
    }
    String why = String.valueOf(deepest.getMessage());
    return why.strip().replaceAll("\\s+", " ");
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
      engine.closeOutbound();
      if (!engine.isOutboundDone()) {
        sendOwn();
      }
    } catch (IOException gone) {
      // nobody is left to tell
    }
    plain.end();
    owner.give(buffers);
  }

  @Override
  public void close() {
    plain.close();
  }
}
