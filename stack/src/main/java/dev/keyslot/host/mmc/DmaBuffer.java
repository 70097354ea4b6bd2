package dev.keyslot.host.mmc;

import dev.keyslot.link.bus.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A page that the device can reach, for EXT_CSD. */
final class DmaBuffer implements AutoCloseable {

  static final int BYTES = 4096;

  private final DmaSpace dma;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(BYTES, BYTES);
  private final long busAddress;

  DmaBuffer(DmaSpace dma) {
    this.dma = dma;
    busAddress = dma.map(memory);
  }

  MemorySegment memory() {
    return memory;
  }

  @Override
  public void close() {
    dma.unmap(busAddress);
    arena.close();
  }
}
