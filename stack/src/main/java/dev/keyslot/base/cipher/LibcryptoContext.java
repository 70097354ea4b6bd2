package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One key's libcrypto context for one direction, and its tweak; used by one thread at a time.
 *
 * <p>Two calls per data unit: a new tweak, and the unit. Memory on the heap is staged unit by unit.
 */
final class LibcryptoContext implements AutoCloseable {

  private static final ValueLayout.OfLong WORD = JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private static final long TWEAK_LOW = 0;
  private static final long TWEAK_HIGH = 8;
  private static final long LENGTH_OUT = 16;

  private final LibcryptoSpares spares;
  private final long context;

  /** Tweak and length, where libcrypto reads and writes them. */
  private final MemorySegment cell;

  private final ZeroSectors zeroSectors = new ZeroSectors();

  /** Room for one unit of heap memory, made when first needed. */
  private MemorySegment stage;

  LibcryptoContext(LibcryptoSpares spares, MemorySegment key, boolean encrypt) {
    this.spares = spares;
    context = spares.take(key.address(), encrypt); // may refuse the key: nothing is held yet
    cell = SecretCells.KEYS.take();
  }

  /** Puts the first data unit's number where the next call reads it. */
  void start(long dunLow, long dunHigh) {
    cell.set(WORD, TWEAK_LOW, dunLow);
    cell.set(WORD, TWEAK_HIGH, dunHigh);
  }

  private void nextUnit() {
    long low = cell.get(WORD, TWEAK_LOW) + 1;
    cell.set(WORD, TWEAK_LOW, low);
    if (low == 0) {
      cell.set(WORD, TWEAK_HIGH, cell.get(WORD, TWEAK_HIGH) + 1);
    }
  }

  /** Encrypts or decrypts a run that was checked. */
  void turnOver(int unitBytes, MemorySegment from, MemorySegment to) {
    long length = from.byteSize();
    for (long at = 0; at < length; at += unitBytes) {
      turnOver(from, to, at, unitBytes);
      nextUnit();
    }
  }

  /** Decrypts a run that was checked, under the zero rule. */
  void decryptByZeroRule(int unitBytes, MemorySegment from, MemorySegment to) {
    long length = from.byteSize();
    for (long at = 0; at < length; at += unitBytes) {
      int zeros = zeroSectors.find(from, at, unitBytes);
      if (zeros * XtsKey.SECTOR_BYTES < unitBytes) {
        turnOver(from, to, at, unitBytes);
      }
      if (zeros > 0) {
        zeroSectors.clear(to, at, unitBytes);
      }
      nextUnit();
    }
  }

  private void turnOver(MemorySegment from, MemorySegment to, long at, int bytes) {
    LibcryptoCalls.startUnit(context, cell.address());
    if (from.isNative() && to.isNative()) {
      turnOver(from.address() + at, to.address() + at, bytes);
    } else {
      turnOverStaged(from, to, at, bytes);
    }
  }

  private void turnOver(long from, long to, int bytes) {
    LibcryptoCalls.turnOver(context, from, to, bytes, cell.address() + LENGTH_OUT);
  }

  private void turnOverStaged(MemorySegment from, MemorySegment to, long at, int bytes) {
    if (stage == null) {
      stage = Arena.ofAuto().allocate(XtsKey.UNIT_BYTES_MAX);
    }
    MemorySegment.copy(from, at, stage, 0, bytes);
    turnOver(stage.address(), stage.address(), bytes);
    MemorySegment.copy(stage, 0, to, at, bytes);
    stage.asSlice(0, bytes).fill((byte) 0);
  }

  /** Gives the context back, which overwrites its key. */
  @Override
  public void close() {
    spares.give(context);
    SecretCells.KEYS.give(cell);
  }
}
