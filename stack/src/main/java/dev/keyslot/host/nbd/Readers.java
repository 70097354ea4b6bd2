package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.transport.Transport;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The readers of a connection in transmission: one, and under bulk load a second, taking turns.
 *
 * <p>Who holds the read role reads the socket. With much data in hand it gives the role away before
 * the work starts, so that the other reader receives meanwhile; with little it keeps it, which
 * saves waking anybody. A reader that waited for the role in vain for a while ends.
 */
final class Readers {

  /** From here on the work takes longer than waking the other reader. */
  private static final long GIVE_AWAY_BYTES = 64 << 10;

  /**
   * Requests smaller than this come in faster than they are worked on: there is no waiting for them
   * that another reader could do meanwhile.
   */
  private static final long GIVE_AWAY_REQUEST_BYTES = 32 << 10;

  /** A second reader that was not needed for this long ends. */
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantLock readRole = new ReentrantLock();
  private final AtomicInteger count = new AtomicInteger(1);
  private final AtomicInteger working = new AtomicInteger();
  private final Transmission transmission;
  private final Transport transport;
  private final Workplace workplace;
  private final ThreadStarter threads;
  private final Runnable whenAllEnded;

  /** The turn nobody uses while there is one reader. Guarded by {@link #count} being 1. */
  private volatile Turn spareTurn;

  /** What went wrong first; null if nothing. */
  private volatile Throwable failure;

  Readers(
      Transmission transmission,
      Transport transport,
      Workplace workplace,
      ThreadStarter threads,
      Runnable whenAllEnded) {
    this.transmission = transmission;
    this.transport = transport;
    this.workplace = workplace;
    this.threads = threads;
    this.whenAllEnded = whenAllEnded;
  }

  /** Serves on this thread; it may return before the connection ends, as the other one goes on. */
  void serve() {
    serve(workplace.firstTurn());
  }

  /** What went wrong, or null; final once all readers have ended. */
  Throwable failure() {
    return failure;
  }

  private void serve(Turn turn) {
    try {
      while (takeReadRole()) {
        takeTurn(turn);
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      if (failure == null) {
        failure = e;
      }
      transport.close(); // wakes the other reader
    } finally {
      spareTurn = turn;
      if (count.decrementAndGet() == 0) {
        whenAllEnded.run();
      }
    }
  }

  /** False when there is no more to read, or nothing to do for a second reader. */
  private boolean takeReadRole() throws InterruptedException {
    if (!readRole.tryLock() && !readRole.tryLock(IDLE_NANOS, TimeUnit.NANOSECONDS)) {
      return false;
    }
    if (transmission.ended() != null || failure != null) {
      readRole.unlock();
      return false;
    }
    return true;
  }

  private void takeTurn(Turn turn) throws IOException, InterruptedException {
    boolean inRole = true;
    try {
      if (count.get() == 1) {
        transport.alone(true);
      }
      transmission.gather(turn);
      if (isBulk(turn) && transmission.ended() == null) {
        inRole = false;
        readRole.unlock();
        startSecond();
      }
      if (!turn.isEmpty()) {
        carryOut(turn, inRole);
      }
    } finally {
      turn.clear();
      if (inRole) {
        readRole.unlock();
      }
    }
  }

  private static boolean isBulk(Turn turn) {
    long bytes = turn.dataBytes();
    return bytes >= GIVE_AWAY_BYTES && bytes >= turn.pendingCount() * GIVE_AWAY_REQUEST_BYTES;
  }

  private void carryOut(Turn turn, boolean inRole) throws IOException {
    if (inRole) {
      transmission.carryOut(turn); // nobody waits for a request meanwhile
      return;
    }
    working.incrementAndGet();
    try {
      transmission.carryOut(turn);
    } finally {
      working.decrementAndGet();
    }
  }

  /** Turns carried out while the other reader may wait for a request. Safe from any thread. */
  int working() {
    return working.get();
  }

  private void startSecond() throws IOException {
    if (count.get() == 1) {
      transport.alone(false);
      count.incrementAndGet();
      Turn turn = spareTurn == null ? workplace.secondTurn() : spareTurn;
      try {
        threads.start("nbd-second-reader", () -> serve(turn));
      } catch (RuntimeException | Error e) {
        count.decrementAndGet(); // one reader does it too
      }
    }
  }
}
