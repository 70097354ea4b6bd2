package dev.keyslot.host.sdhci;

import dev.keyslot.base.Checks;
import dev.keyslot.host.mmc.MmcCommand;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.sdhci.Adma2Fields;
import dev.keyslot.link.sdhci.SdhciFields;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The ADMA2 descriptors of the command in flight: 64-bit addresses without padding (version 3), or
 * 32-bit ones where the controller has no more.
 */
final class AdmaTable implements AutoCloseable {

  private static final ValueLayout.OfInt WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong ADDRESS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PAGE_BYTES = 4096;

  /** Length 0 means this. */
  private static final int LENGTH_MAX_BYTES = 65536;

  /** One per segment, and more for segments above 64 KiB of a command of at most 1 MiB. */
  private static final int DESCRIPTORS_MAX = MmcCommand.SEGMENTS_MAX + 16;

  private final DmaSpace dma;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final long busAddress;
  private final boolean wide;
  private final int stride;

  /**
   * @param wide whether descriptors carry 64-bit addresses
   */
  AdmaTable(DmaSpace dma, boolean wide) {
    this.dma = dma;
    this.wide = wide;
    stride = wide ? Adma2Fields.BYTES_64 : Adma2Fields.BYTES_32;
    memory = arena.allocate((long) DESCRIPTORS_MAX * Adma2Fields.BYTES_64, PAGE_BYTES);
    busAddress = dma.map(memory);
  }

  long busAddress() {
    return busAddress;
  }

  /** Which DMA the controller is to be told to use. */
  int dmaSelect() {
    return wide ? SdhciFields.DMA_ADMA2_64 : SdhciFields.DMA_ADMA2_32;
  }

  void write(MmcCommand command) {
    long at = 0;
    long last = 0;
    for (int i = 0; i < command.segmentCount(); i++) {
      MemorySegment segment = command.segment(i);
      long bus = dma.busAddressOf(segment);
      for (long rest = segment.byteSize(); rest > 0; ) {
        long length = Math.min(rest, LENGTH_MAX_BYTES);
        long word = Adma2Fields.VALID.insert(0, 1);
        word = Adma2Fields.ACTION.insert(word, Adma2Fields.ACTION_TRANSFER);
        word = Adma2Fields.LENGTH.insert(word, length % LENGTH_MAX_BYTES);
        memory.set(WORD, at, (int) word);
        writeAddress(at + Adma2Fields.ADDRESS_BYTE, bus);
        last = at;
        at += stride;
        bus += length;
        rest -= length;
      }
    }
    memory.set(WORD, last, Adma2Fields.END.set32(memory.get(WORD, last)));
  }

  private void writeAddress(long at, long bus) {
    if (wide) {
      memory.set(ADDRESS, at, bus);
      return;
    }
    Checks.argument(
        bus >>> Integer.SIZE == 0, "bus address must fit 32 bits of this controller: 0x%x", bus);
    memory.set(WORD, at, (int) bus);
  }

  @Override
  public void close() {
    dma.unmap(busAddress);
    arena.close();
  }
}
