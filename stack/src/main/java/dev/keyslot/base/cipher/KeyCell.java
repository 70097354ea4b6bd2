package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import dev.keyslot.base.posix.PosixMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * Room for one key, off the heap, in pages that stay out of core dumps; wiped on close.
 *
 * <p>Cells are carved out of pages that are never given back, as giving native memory back stops
 * all threads and a keyslot may change its key often. The bytes are read before {@link #close}
 * only; whoever owns the cell sees to that.
 */
final class KeyCell implements AutoCloseable {

  /** An AES-256-XTS key. */
  private static final int CELL_BYTES = 64;

  private static final int PAGE_BYTES = 4096;

  /** Cells in no one's hands. Guarded by itself. */
  private static final ArrayDeque<MemorySegment> FREE = new ArrayDeque<>();

  private final MemorySegment cell;
  private final MemorySegment key;
  private boolean closed;

  private KeyCell(MemorySegment cell, long bytes) {
    this.cell = cell;
    this.key = cell.asSlice(0, bytes).asReadOnly();
  }

  /** A copy of {@code keyBytes}, 32 or 64 bytes. */
  static KeyCell copyOf(MemorySegment keyBytes) {
    long bytes = keyBytes.byteSize();
    Checks.argument(
        bytes == CELL_BYTES || bytes == CELL_BYTES / 2,
        "XTS key must have 32 or 64 bytes: keyBytes=%d",
        bytes);
    MemorySegment cell = takeCell();
    MemorySegment.copy(keyBytes, 0, cell, 0, bytes);
    return new KeyCell(cell, bytes);
  }

  private static MemorySegment takeCell() {
    synchronized (FREE) {
      if (FREE.isEmpty()) {
        MemorySegment page = Arena.global().allocate(PAGE_BYTES, PAGE_BYTES);
        PosixMemory.keepOutOfCoreDumps(page);
        for (int at = 0; at < PAGE_BYTES; at += CELL_BYTES) {
          FREE.addLast(page.asSlice(at, CELL_BYTES));
        }
      }
      return FREE.removeFirst();
    }
  }

  /** The key, read-only. */
  MemorySegment bytes() {
    return key;
  }

  /** Whether data key and tweak key are the same. */
  boolean hasEqualHalves() {
    long half = key.byteSize() / 2;
    return MemorySegment.mismatch(key, 0, half, key, half, 2 * half) == -1;
  }

  /** Wipes the bytes. Closing twice does nothing. */
  @Override
  public void close() {
    synchronized (FREE) {
      if (!closed) {
        closed = true;
        cell.fill((byte) 0);
        FREE.addFirst(cell);
      }
    }
  }
}
