package dev.keyslot.bench;

import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import java.lang.foreign.MemorySegment;

/**
 * Registers behind which, once {@link #take taken}, every task is complete as soon as its doorbell
 * rings, and keys go nowhere. One thread.
 */
final class InstantSilicon implements SiliconProbe {

  private Mmio registers;
  private InterruptLine interrupt;
  private long base;
  private boolean taken;
  private int status;
  private int completed;

  InstantSilicon() {}

  /** From now on nothing of the queue reaches the silicon that brought the card up. */
  void take() {
    taken = true;
  }

  @Override
  public Mmio registers(Mmio silicon, InterruptLine line, int queueBase) {
    registers = silicon;
    interrupt = line;
    base = queueBase;
    return new Window();
  }

  private boolean is(long offset, CqhciRegister register) {
    return offset == base + register.offset();
  }

  private boolean ofKeyslot(long offset) {
    return offset >= base + CqhciRegister.CRYPTOCFG.offset();
  }

  private void complete(int slots) {
    completed |= slots;
    status = CqhciFields.IS_TCC.set32(status);
    interrupt.drive(true);
  }

  /** Both are cleared by writing ones. */
  private void clear(int statusBits, int slots) {
    status &= ~statusBits;
    completed &= ~slots;
    if (status == 0) {
      interrupt.drive(false);
    }
  }

  /** What the driver sees. */
  private final class Window implements Mmio {

    @Override
    public int read32(long offset) {
      if (!taken) {
        return registers.read32(offset);
      }
      if (is(offset, CqhciRegister.IS)) {
        return status;
      }
      return is(offset, CqhciRegister.TCN) ? completed : registers.read32(offset);
    }

    @Override
    public void write32(long offset, int value) {
      if (!taken) {
        registers.write32(offset, value);
      } else if (is(offset, CqhciRegister.TDBR)) {
        complete(value);
      } else if (is(offset, CqhciRegister.IS)) {
        clear(value, 0);
      } else if (is(offset, CqhciRegister.TCN)) {
        clear(0, value);
      } else if (!ofKeyslot(offset)) {
        registers.write32(offset, value);
      }
    }

    @Override
    public void writeWords(long offset, MemorySegment source) {
      if (!taken || !ofKeyslot(offset)) {
        registers.writeWords(offset, source);
      }
    }

    @Override
    public byte read8(long offset) {
      return registers.read8(offset);
    }

    @Override
    public short read16(long offset) {
      return registers.read16(offset);
    }

    @Override
    public long read64(long offset) {
      return registers.read64(offset);
    }

    @Override
    public void write8(long offset, byte value) {
      registers.write8(offset, value);
    }

    @Override
    public void write16(long offset, short value) {
      registers.write16(offset, value);
    }

    @Override
    public void write64(long offset, long value) {
      registers.write64(offset, value);
    }
  }
}
