package dev.keyslot.base.cipher;

import dev.keyslot.base.BriefLock;
import dev.keyslot.base.posix.PosixMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Small pieces of native memory for secrets, of one size, in pages that stay out of core dumps.
 *
 * <p>Pages are never given back: freeing native memory that threads share stops all of them, and a
 * keyslot may change its key often. Safe from any thread.
 */
final class SecretCells {

  /** Room for an AES-256-XTS key. */
  static final int KEY_BYTES = 64;

  /** Cells for keys. */
  static final SecretCells KEYS = new SecretCells(KEY_BYTES);

  private static final int PAGE_BYTES = 4096;

  private final int cellBytes;
  private final BriefLock lock = new BriefLock();

  /** Cells in no one's hands, all zero. Guarded by the lock. */
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

  /**
   * @param cellBytes a power of two, at most a page
   */
  SecretCells(int cellBytes) {
    this.cellBytes = cellBytes;
  }

  /** A cell of zeros, on a boundary of its size. */
  MemorySegment take() {
    lock.lock();
    try {
      if (free.isEmpty()) {
        MemorySegment page = Arena.global().allocate(PAGE_BYTES, PAGE_BYTES);
        PosixMemory.keepOutOfCoreDumps(page);
        for (int at = 0; at < PAGE_BYTES; at += cellBytes) {
          free.addLast(page.asSlice(at, cellBytes));
        }
      }
      return free.removeFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Wipes a cell and takes it back. */
  void give(MemorySegment cell) {
    cell.fill((byte) 0);
    lock.lock();
    try {
      free.addFirst(cell);
    } finally {
      lock.unlock();
    }
  }
}
