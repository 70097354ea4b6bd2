package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way to a client: one thread at a time holds the write role and sends whole replies.
 *
 * <p>The role is a leaf: its holder takes no other lock.
 */
final class Outlet {

  private final ReentrantLock writeRole = new ReentrantLock();
  private final Transport transport;
  private final Deadline stall;

  Outlet(Transport transport, Deadline stall) {
    this.transport = transport;
    this.stall = stall;
  }

  void takeRole() {
    writeRole.lock();
  }

  void giveRole() {
    writeRole.unlock();
  }

  /** Sends the first {@code count} buffers; the caller holds the role. */
  void write(ByteBuffer[] from, int count) throws IOException {
    stall.start();
    try {
      transport.write(from, count);
    } finally {
      stall.stop();
    }
  }
}
