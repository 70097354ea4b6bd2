package dev.keyslot.app.stack;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.base.posix.PosixMemory;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What all images of a server share: the NBD server, its payload buffers, and the thread that drops
 * clients which keep others waiting.
 *
 * <p>Every machine maps the buffers. Closed after the last stack.
 */
final class Front implements Server.Opener {

  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long ROUND_MILLIS = 100;

  private final BufferPool payload;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Meters meters = Meters.create();
  private final Disturbance disturbance;
  private final NbdServer server;

  /**
   * @param disturbance what goes wrong in the silicon of every image
   */
  Front(NbdLimits limits, Disturbance disturbance) {
    this.disturbance = disturbance;
    payload = pool(limits.payload().chunks());
    server =
        new NbdServer(
            limits,
            payload,
            (name, work) -> startThread(name, work),
            Clock.system(),
            System.getLogger(NbdServer.class.getName()),
            meters.metrics());
    startThread("nbd-deadlines", this::dropOverdueUntilClosed);
  }

  /**
   * Buffers hold plaintext: they stay out of core dumps. They take memory only once they are used.
   */
  static BufferPool pool(int chunks) {
    var pool = new BufferPool(chunks, PosixMemory::untouched);
    PosixMemory.keepOutOfCoreDumps(pool.region());
    return pool;
  }

  static Thread startThread(String name, Runnable work) {
    return Thread.ofPlatform().name(name).daemon().start(work);
  }

  @Override
  public Server open(StackConfig config, ImageFile image) throws StackException {
    return Stack.open(this, config, image);
  }

  Disturbance disturbance() {
    return disturbance;
  }

  NbdServer server() {
    return server;
  }

  Meters meters() {
    return meters;
  }

  BufferPool payload() {
    return payload;
  }

  private void dropOverdueUntilClosed() {
    try {
      while (!closing.await(ROUND_MILLIS, TimeUnit.MILLISECONDS)) {
        server.doWork();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Serves these exports no longer and waits until their clients have gone. */
  void retire(Collection<String> exports) {
    try {
      server.retire(exports, DEADLINE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void shutdown() {
    try {
      server.shutdown(GRACE_NANOS, DEADLINE_NANOS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void release() {
    closing.countDown();
    payload.close();
  }
}
