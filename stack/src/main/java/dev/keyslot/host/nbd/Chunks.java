package dev.keyslot.host.nbd;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/** The pool's chunks with their views. Safe from any thread. */
final class Chunks {

  /** Chunks for the largest payload that does not start at a page boundary. */
  static final int PER_TURN_MAX = NbdLimits.PAYLOAD_BYTES_MAX / BufferPool.CHUNK_BYTES + 1;

  private final BufferPool pool;
  private final Chunk[] chunks;

  Chunks(BufferPool pool) {
    Checks.argument(
        pool.chunks() >= PER_TURN_MAX,
        "pool must hold the largest request, at least %d chunks: chunks=%d",
        PER_TURN_MAX,
        pool.chunks());
    this.pool = pool;
    chunks = new Chunk[pool.chunks()];
    for (int i = 0; i < chunks.length; i++) {
      long at = (long) i * BufferPool.CHUNK_BYTES;
      chunks[i] = new Chunk(pool.region().asSlice(at, BufferPool.CHUNK_BYTES));
    }
  }

  /**
   * Takes {@code count} chunks at once, waiting in line for them.
   *
   * @param scratch as long as {@code into}, for our use
   */
  void take(Chunk[] into, MemorySegment[] scratch, int count) throws InterruptedException {
    pool.take(scratch, count);
    for (int i = 0; i < count; i++) {
      long at = scratch[i].address() - pool.region().address();
      into[i] = chunks[(int) (at / BufferPool.CHUNK_BYTES)];
      into[i].reuse();
      scratch[i] = null;
    }
  }

  void give(Chunk chunk) {
    pool.give(chunk.memory());
  }
}
