package dev.keyslot.host.cqhci;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.cqhci.CqhciRegister;
import java.lang.foreign.MemorySegment;

/** The CQHCI block of a register window, by name. */
final class CqhciRegisters {

  private final Mmio mmio;
  private final long base;

  CqhciRegisters(Mmio mmio, long base) {
    this.mmio = mmio;
    this.base = base;
  }

  int read(CqhciRegister register) {
    return mmio.read32(base + register.offset());
  }

  void write(CqhciRegister register, int value) {
    mmio.write32(base + register.offset(), value);
  }

  /** A register of an array, at a byte offset from the start of the block. */
  int readAt(long offset) {
    return mmio.read32(base + offset);
  }

  void writeAt(long offset, int value) {
    mmio.write32(base + offset, value);
  }

  /** Registers of an array that follow each other, in ascending order. */
  void writeAt(long offset, MemorySegment words) {
    mmio.writeWords(base + offset, words);
  }

  boolean isSet(CqhciRegister register, BitField bit) {
    return bit.isSet(Integer.toUnsignedLong(read(register)));
  }

  /** Lets exactly the causes in {@code mask} latch and raise the line. */
  void allowInterrupts(int mask) {
    write(CqhciRegister.ISTE, mask);
    write(CqhciRegister.ISGE, mask);
  }
}
