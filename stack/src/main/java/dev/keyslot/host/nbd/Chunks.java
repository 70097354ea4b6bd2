package dev.keyslot.host.nbd;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** The pool's chunks with their views. Safe from any thread. */
final class Chunks {

  /** Chunks for the largest payload that does not start at a page boundary. */
  static final int PER_TURN_MAX = NbdLimits.PAYLOAD_BYTES_MAX / BufferPool.CHUNK_BYTES + 1;

  private final BufferPool pool;
  private final Chunk[] chunks;

  /** What requests of more than one chunk may take together; first come, first served. */
  private final Semaphore large;

  private final int connectionChunks;

  private final LongAdder waits = new LongAdder();

  /**
   * All of {@code pool}.
   *
   * @param connectionChunks that one connection may take together
   */
  Chunks(BufferPool pool, int connectionChunks) {
    this.connectionChunks = connectionChunks;
    Checks.argument(
        pool.chunks() >= PER_TURN_MAX,
        "pool must hold the largest request, at least %d chunks: chunks=%d",
        PER_TURN_MAX,
        pool.chunks());
    this.pool = pool;
    int reserve = Math.min(NbdLimits.SMALL_REQUEST_CHUNKS, pool.chunks() - PER_TURN_MAX);
    large = new Semaphore(pool.chunks() - reserve, true);
    chunks = new Chunk[pool.chunks()];
    for (int i = 0; i < chunks.length; i++) {
      long at = (long) i * BufferPool.CHUNK_BYTES;
      chunks[i] = new Chunk(pool.region().asSlice(at, BufferPool.CHUNK_BYTES));
    }
  }

  /** What one connection may take together. */
  Semaphore share() {
    return new Semaphore(connectionChunks, true);
  }

  /**
   * Takes {@code count} chunks at once, waiting in line for them: first behind the other turn of
   * the same connection, then, for more than one, behind other large requests.
   *
   * @param share the connection's
   * @param scratch as long as {@code into}, for our use
   */
  void take(Semaphore share, Chunk[] into, MemorySegment[] scratch, int count)
      throws InterruptedException {
    acquire(share, count);
    boolean taken = false;
    try {
      takeLarge(scratch, count);
      taken = true;
    } finally {
      if (!taken) {
        share.release(count);
      }
    }
    for (int i = 0; i < count; i++) {
      long at = scratch[i].address() - pool.region().address();
      into[i] = chunks[(int) (at / BufferPool.CHUNK_BYTES)];
      into[i].reuse();
      scratch[i] = null;
    }
  }

  /** Gives back all that was taken together. */
  void give(Semaphore share, Chunk[] taken, int count) {
    for (int i = 0; i < count; i++) {
      pool.give(taken[i].memory());
      taken[i] = null;
    }
    if (count > 1) {
      large.release(count);
    }
    share.release(count);
  }

  /** How often somebody had to wait. */
  long waits() {
    return waits.sum() + pool.waits();
  }

  int inUse() {
    return pool.inUse();
  }

  int count() {
    return chunks.length;
  }

  private void takeLarge(MemorySegment[] scratch, int count) throws InterruptedException {
    if (count == 1) {
      pool.take(scratch, 1);
      return;
    }
    acquire(large, count);
    boolean taken = false;
    try {
      pool.take(scratch, count);
      taken = true;
    } finally {
      if (!taken) {
        large.release(count);
      }
    }
  }

  /** A barging try would overtake those who wait. */
  private void acquire(Semaphore from, int count) throws InterruptedException {
    if (!from.tryAcquire(count, 0, TimeUnit.NANOSECONDS)) {
      waits.increment();
      from.acquire(count);
    }
  }
}
