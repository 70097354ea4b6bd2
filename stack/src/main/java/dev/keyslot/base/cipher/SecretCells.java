package dev.keyslot.base.cipher;

import dev.keyslot.base.BriefLock;
import dev.keyslot.base.posix.PosixMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Small pieces of native memory for secrets, in pages that stay out of core dumps.
 *
 * <p>Pages are never given back: freeing native memory that threads share stops all of them, and a
 * keyslot may change its key often. Safe from any thread.
 */
final class SecretCells {

  /** Room for an AES-256-XTS key. */
  static final int CELL_BYTES = 64;

  private static final int PAGE_BYTES = 4096;

  private static final BriefLock LOCK = new BriefLock();

  /** Cells in no one's hands, all zero. Guarded by the lock. */
  private static final ArrayDeque<MemorySegment> FREE = new ArrayDeque<>();

  private SecretCells() {}

  /** A cell of zeros, on a boundary of its size. */
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
