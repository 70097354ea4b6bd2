package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * What has come from a client and was not looked at yet.
 *
 * <p>The one place where a reader waits for a client; it holds no chunk of the pool meanwhile.
 * Belongs to the handshake, then to whoever holds the connection's read role.
 */
final class Inbox {

  /** More than the largest small request with its payload, and a score of 4 KiB writes. */
  static final int BYTES = 64 << 10;

  /** What a client needs that sends one small request at a time: there are many of those. */
  private static final int BYTES_AT_FIRST = 16 << 10;

  /** Unread bytes lie between position and limit; big-endian. Grows once, when it is filled. */
  private ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES_AT_FIRST).limit(0);

  private MemorySegment memory = MemorySegment.ofBuffer(buffer.duplicate().clear());

  /** Enough to see what comes behind a large payload: another one should not be copied. */
  private static final int BYTES_BEHIND_LARGE = 512;

  private Transport transport;

  /** The most that is received before it is looked at. */
  private int aheadBytes = BYTES;

  /** Starts empty, with a new client. */
  void open(Transport from) {
    transport = from;
    buffer.position(0).limit(0);
    aheadBytes = BYTES;
  }

  /** The last request was small, or carried a large payload: so will be the next, most likely. */
  void expect(boolean large) {
    aheadBytes = large ? BYTES_BEHIND_LARGE : BYTES;
  }

  int available() {
    return buffer.remaining();
  }

  /**
   * Waits until {@code count} bytes are here, at most {@link #BYTES}.
   *
   * @return false if the client ended before
   */
  boolean require(int count) throws IOException {
    if (buffer.remaining() >= count) {
      return true;
    }
    buffer.compact();
    if (count > buffer.capacity()) {
      grow();
    }
    buffer.limit(Math.min(Math.max(count, aheadBytes), buffer.capacity()));
    try {
      while (buffer.position() < count) {
        if (transport.read(buffer) < 0) {
          return false;
        }
      }
      if (buffer.position() == buffer.capacity()) {
        grow(); // it sends faster than we look
      }
      return true;
    } finally {
      buffer.flip();
    }
  }

  /** Keeps what lies before the position. */
  private void grow() {
    if (buffer.capacity() < BYTES) {
      buffer = ByteBuffer.allocateDirect(BYTES).put(buffer.flip());
      memory = MemorySegment.ofBuffer(buffer.duplicate().clear());
    }
  }

  /** The number at {@code at} bytes behind the first unread one. */
  int getInt(int at) {
    return buffer.getInt(buffer.position() + at);
  }

  /** See {@link #getInt}. */
  int getShort(int at) {
    return Short.toUnsignedInt(buffer.getShort(buffer.position() + at));
  }

  /** See {@link #getInt}. */
  long getLong(int at) {
    return buffer.getLong(buffer.position() + at);
  }

  /** Passes over bytes that are here. */
  void skip(int count) {
    buffer.position(buffer.position() + count);
  }

  /** Takes bytes that are here. */
  byte[] take(int count) {
    byte[] bytes = new byte[count];
    buffer.get(bytes);
    return bytes;
  }

  /**
   * Passes over bytes, waiting for those that have not come.
   *
   * @return false if the client ended before
   */
  boolean drain(long count) throws IOException {
    long left = count;
    while (left > 0) {
      if (!require(1)) {
        return false;
      }
      int now = (int) Math.min(left, available());
      skip(now);
      left -= now;
    }
    return true;
  }

  /**
   * Fills {@code to} with what comes next: first from here, the rest straight from the client.
   *
   * @param view the same bytes as {@code to}, direct
   * @return false if the client ended before
   */
  boolean receive(MemorySegment to, ByteBuffer view) throws IOException {
    int here = (int) Math.min(to.byteSize(), available());
    MemorySegment.copy(memory, buffer.position(), to, 0, here);
    skip(here);
    view.position(view.position() + here);
    while (view.hasRemaining()) { // then nothing is left here
      if (!receiveAndLookBehind(view)) {
        return false;
      }
    }
    return true;
  }

  private boolean receiveAndLookBehind(ByteBuffer view) throws IOException {
    buffer.clear().limit(BYTES_BEHIND_LARGE);
    try {
      return transport.read(view, buffer) >= 0;
    } finally {
      buffer.flip();
    }
  }
}
