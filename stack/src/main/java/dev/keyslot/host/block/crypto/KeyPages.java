package dev.keyslot.host.block.crypto;

import dev.keyslot.base.posix.PosixMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Off-heap room for keys, in pages that stay out of core dumps.
 *
 * <p>Pages are carved into cells and never given back: a cell is wiped when its key closes, and
 * used again. Safe from any thread.
 */
final class KeyPages {

  /** The longest key: a wrapped one. */
  static final int CELL_BYTES = CryptoKey.MAX_WRAPPED_BYTES;

  private static final int PAGE_BYTES = 4096;

  private static final ReentrantLock LOCK = new ReentrantLock();

  /** Wiped cells that no key has. Guarded by {@link #LOCK}. */
  private static final ArrayDeque<MemorySegment> FREE = new ArrayDeque<>();

  private KeyPages() {}

  /** A zeroed cell of {@link #CELL_BYTES}. */
  static MemorySegment take() {
    LOCK.lock();
    try {
      if (FREE.isEmpty()) {
        MemorySegment page = Arena.global().allocate(PAGE_BYTES, PAGE_BYTES);
        PosixMemory.keepOutOfCoreDumps(page);
        for (int at = 0; at < PAGE_BYTES; at += CELL_BYTES) {
          FREE.addLast(page.asSlice(at, CELL_BYTES));
        }
      }
      return FREE.removeFirst();
    } finally {
      LOCK.unlock();
    }
  }

  /** Wipes a cell and takes it back. */
  static void give(MemorySegment cell) {
    cell.fill((byte) 0);
    LOCK.lock();
    try {
      FREE.addFirst(cell);
    } finally {
      LOCK.unlock();
    }
  }
}
