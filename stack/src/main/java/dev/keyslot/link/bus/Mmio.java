package dev.keyslot.link.bus;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A device's register window as the host sees it.
 *
 * <p>Offsets are bytes from the start of the window; values are little-endian. An access wider than
 * a register reads or writes its neighbours; an access outside the window reads all ones and writes
 * nothing. Accesses only latch: they never call back into the driver and never wait. Safe from any
 * thread; the caller orders its own accesses.
 */
public interface Mmio {

  /** A word in memory as it goes over the bus. */
  ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  byte read8(long offset);

  short read16(long offset);

  int read32(long offset);

  long read64(long offset);

  void write8(long offset, byte value);

  void write16(long offset, short value);

  void write32(long offset, int value);

  void write64(long offset, long value);

  /** Writes the words of {@code source}, one after the other in ascending order. */
  default void writeWords(long offset, MemorySegment source) {
    for (long at = 0; at < source.byteSize(); at += Integer.BYTES) {
      write32(offset + at, source.get(WORD, at));
    }
  }
}
