package dev.keyslot.base;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;

/**
 * A fixed budget of page-aligned off-heap chunks of one size; nothing is allocated per request.
 *
 * <p>One region holds all chunks, so that it is mapped for DMA once. The most recently returned
 * chunk is handed out first, while it is still in the cache. When the budget is used up a taker
 * waits: the caller then does not read its socket, and memory stays bounded. Takers are served in
 * the order they came, so that one who needs many is not overtaken for ever. Safe from any thread.
 * A lease belongs to its taker until it is given back.
 */
public final class BufferPool implements AutoCloseable {

  /** One chunk: a whole turn of small requests, or the largest piece of a large one. */
  public static final int CHUNK_BYTES = 1 << 20;

  private static final int ALIGNMENT_BYTES = 4096;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment region;
  private final BriefLock lock = new BriefLock();
  private final Condition returned = lock.newCondition();

  /** Chunks nobody holds. Guarded by {@link #lock}. */
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

  /** Takers that wait, the first to be served first. Guarded by {@link #lock}. */
  private final ArrayDeque<Thread> waiting = new ArrayDeque<>();

  /** Takers that had to wait so far. Guarded by {@link #lock}. */
  private long waits;

  private final int chunks;

  /**
   * Takes memory for {@code chunks} chunks, zeroed and so in use from the start.
   *
   * @param chunks at least 1
   */
  public BufferPool(int chunks) {
    this(chunks, BufferPool::zeroed);
  }

  /**
   * Takes memory from where the caller knows better, such as pages the kernel backs when first
   * used.
   *
   * @param chunks at least 1
   * @param memory gives so many bytes, aligned to a page, until the pool's arena is closed
   */
  public BufferPool(int chunks, Memory memory) {
    Checks.argument(chunks >= 1, "buffer pool needs at least one chunk: chunks=%d", chunks);
    this.chunks = chunks;
    region = memory.take((long) chunks * CHUNK_BYTES, arena);
    for (int i = 0; i < chunks; i++) {
      free.addLast(region.asSlice((long) i * CHUNK_BYTES, CHUNK_BYTES));
    }
  }

  /** Where a pool's memory comes from. */
  @FunctionalInterface
  public interface Memory {

    /** That many bytes, until {@code arena} is closed. */
    MemorySegment take(long bytes, Arena arena);
  }

  private static MemorySegment zeroed(long bytes, Arena arena) {
    return arena.allocate(bytes, ALIGNMENT_BYTES);
  }

  /** All chunks, one contiguous region: what the assembly maps for DMA. */
  public MemorySegment region() {
    return region;
  }

  /** The budget in chunks. */
  public int chunks() {
    return chunks;
  }

  /** A chunk, or null if all are in use or others wait for them. Never waits. */
  public MemorySegment tryTake() {
    lock.lock();
    try {
      return waiting.isEmpty() ? free.pollFirst() : null;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Fills {@code into} with chunks, all or none, waiting until enough are free.
   *
   * @throws IllegalArgumentException if more are asked for than the pool has
   */
  public void take(MemorySegment[] into, int count) throws InterruptedException {
    Checks.argument(
        count >= 1 && count <= chunks,
        "chunks asked for must be in [1, %d]: count=%d",
        chunks,
        count);
    lock.lockInterruptibly();
    try {
      if (free.size() < count || !waiting.isEmpty()) {
        awaitOurTurn(count);
      }
      for (int i = 0; i < count; i++) {
        into[i] = free.pollFirst();
      }
    } finally {
      lock.unlock();
    }
  }

  private void awaitOurTurn(int count) throws InterruptedException {
    Thread self = Thread.currentThread();
    waiting.addLast(self);
    waits++;
    try {
      while (waiting.peekFirst() != self || free.size() < count) {
        returned.await();
      }
    } finally {
      waiting.remove(self);
      returned.signalAll();
    }
  }

  /** Returns a chunk taken before; the caller no longer touches it. */
  public void give(MemorySegment chunk) {
    lock.lock();
    try {
      Checks.that(
          free.size() < chunks, "buffer pool got back more chunks than it has: chunks=%d", chunks);
      free.addFirst(chunk);
      returned.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many takers had to wait so far. */
  public long waits() {
    lock.lock();
    try {
      return waits;
    } finally {
      lock.unlock();
    }
  }

  /** Chunks in use now. */
  public int inUse() {
    lock.lock();
    try {
      return chunks - free.size();
    } finally {
      lock.unlock();
    }
  }

  /** Frees the region. Nobody may hold a chunk any more. */
  @Override
  public void close() {
    Checks.that(inUse() == 0, "buffer pool closed with chunks in use: inUse=%d", inUse());
    arena.close();
  }
}
