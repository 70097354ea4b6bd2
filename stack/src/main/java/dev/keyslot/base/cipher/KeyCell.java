package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/**
 * The bytes of one XTS key, off the heap; wiped on close.
 *
 * <p>The bytes are read before {@link #close} only; whoever owns the cell sees to that, and closes
 * it once.
 */
final class KeyCell implements AutoCloseable {

  private final MemorySegment cell;
  private final MemorySegment key;

  private KeyCell(MemorySegment cell, long bytes) {
    this.cell = cell;
    this.key = cell.asSlice(0, bytes).asReadOnly();
  }

  /**
   * A copy of {@code keyBytes}, 32 or 64 bytes.
   *
   * @throws IllegalArgumentException if there are more or fewer
   */
  static KeyCell copyOf(MemorySegment keyBytes) {
    long bytes = keyBytes.byteSize();
    Checks.argument(
        bytes == SecretCells.KEY_BYTES || bytes == SecretCells.KEY_BYTES / 2,
        "XTS key must have 32 or 64 bytes: keyBytes=%d",
        bytes);
    MemorySegment cell = SecretCells.KEYS.take();
    MemorySegment.copy(keyBytes, 0, cell, 0, bytes);
    return new KeyCell(cell, bytes);
  }

  /**
   * A copy of {@code keyBytes} whose halves differ.
   *
   * @throws IllegalArgumentException if they are equal, or the length is wrong
   */
  static KeyCell copyOfUnequalHalves(MemorySegment keyBytes) {
    KeyCell key = copyOf(keyBytes);
    if (key.hasEqualHalves()) {
      key.close();
      throw new IllegalArgumentException("XTS key halves must differ");
    }
    return key;
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

  @Override
  public void close() {
    SecretCells.KEYS.give(cell);
  }
}
