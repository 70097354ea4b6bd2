package dev.keyslot.testkit.host;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A register window with just enough behaviour for a driver to get along, offsets typed by hand.
 *
 * <p>Commands are answered by a {@link ScriptedCard}; the command queue halts and clears at once;
 * tasks complete when the test says so. Every write is remembered. One thread.
 */
public final class ScriptedWindow implements Mmio {

  /** CQHCI block of the window. */
  public static final int CQ = 0x200;

  /** One register write. */
  public record Write(long offset, long value, int bytes) {}

  private final ByteBuffer registers = ByteBuffer.allocate(0x4000).order(ByteOrder.LITTLE_ENDIAN);
  private final DmaSpace dma;
  private final InterruptLine line;
  private final ScriptedCard card;
  private final List<Write> writes = new ArrayList<>();
  private LongConsumer onDoorbell = bell -> {};
  private boolean haltWorks = true;
  private boolean clearWorks = true;
  private int readsUntilDead = Integer.MAX_VALUE;
  private int reads;

  public ScriptedWindow(DmaSpace dma, InterruptLine line, ScriptedCard card) {
    this.dma = dma;
    this.line = line;
    this.card = card;
    powerOn();
  }

  private void powerOn() {
    registers.putInt(0x24, 0x01FF_00F0);
    registers.putInt(0x40, 0x556C_C881);
    registers.putInt(0x44, 0);
    registers.putShort(0xFE, (short) 2);
    registers.putInt(CQ, 0x510);
    registers.putInt(CQ + 0x04, 0x1000_30C0);
    registers.putInt(CQ + 0x100, 0x1000_1F01);
    registers.putInt(CQ + 0x104, 0x8003_FF00);
  }

  /** Changes a register behind the driver's back, such as a capability. */
  public void set(int offset, int value) {
    registers.putInt(offset, value);
  }

  public int get(int offset) {
    return registers.getInt(offset);
  }

  public void onDoorbell(LongConsumer action) {
    onDoorbell = action;
  }

  public void haltWorks(boolean works) {
    haltWorks = works;
  }

  public void clearWorks(boolean works) {
    clearWorks = works;
  }

  /** After {@code count} more reads every read gives all ones: a device that fell off the bus. */
  public void dieAfterReads(int count) {
    readsUntilDead = reads + count;
  }

  public int reads() {
    return reads;
  }

  public List<Write> writes() {
    return List.copyOf(writes);
  }

  /** Writes to the CQHCI block, offsets from its start. */
  public List<Write> queueWrites() {
    return writes.stream()
        .filter(w -> w.offset() >= CQ)
        .map(w -> new Write(w.offset() - CQ, w.value(), w.bytes()))
        .toList();
  }

  public void forgetWrites() {
    writes.clear();
  }

  /** The task is done: TCN, then IS. */
  public void complete(int slot) {
    registers.putInt(CQ + 0x28, get(CQ + 0x28) & ~(1 << slot));
    registers.putInt(CQ + 0x2C, get(CQ + 0x2C) | (1 << slot));
    raiseQueue(0x02);
  }

  /** Latches CQHCI interrupt bits as far as ISTE lets them. */
  public void raiseQueue(int bits) {
    registers.putInt(CQ + 0x10, get(CQ + 0x10) | (bits & get(CQ + 0x14)));
    updateLine();
  }

  /** Latches SDHCI interrupt bits as far as they are enabled. */
  public void raise(int bits) {
    registers.putInt(0x30, get(0x30) | (bits & get(0x34)));
    updateLine();
  }

  private void updateLine() {
    boolean queue = (get(CQ + 0x10) & get(CQ + 0x18)) != 0;
    int status = queue ? get(0x30) | 0x4000 : get(0x30) & ~0x4000;
    registers.putInt(0x30, status);
    line.drive((status & get(0x38)) != 0);
  }

  private boolean dead() {
    return ++reads > readsUntilDead;
  }

  @Override
  public byte read8(long offset) {
    return dead() ? -1 : registers.get((int) offset);
  }

  @Override
  public short read16(long offset) {
    return dead() ? -1 : registers.getShort((int) offset);
  }

  @Override
  public int read32(long offset) {
    return dead() || offset + 4 > registers.capacity() ? -1 : registers.getInt((int) offset);
  }

  @Override
  public long read64(long offset) {
    return dead() ? -1 : registers.getLong((int) offset);
  }

  @Override
  public void write8(long offset, byte value) {
    writes.add(new Write(offset, Byte.toUnsignedLong(value), 1));
    if (offset != 0x2F) {
      registers.put((int) offset, value);
    } else if ((value & 1) != 0) {
      resetAll();
    }
  }

  private void resetAll() {
    registers.putInt(CQ + 0x08, 0);
    registers.putInt(0x30, 0);
    for (int i = 0x1000; i < 0x2000; i++) {
      registers.put(CQ + i, (byte) 0);
    }
    updateLine();
  }

  @Override
  public void write16(long offset, short value) {
    writes.add(new Write(offset, Short.toUnsignedLong(value), 2));
    registers.putShort((int) offset, value);
    if (offset == 0x2C && (value & 1) != 0) {
      registers.putShort(0x2C, (short) (value | 2));
    }
    if (offset == 0x0E) {
      command(Short.toUnsignedInt(value));
    }
  }

  private void command(int word) {
    int index = word >> 8;
    int[] response = new int[4];
    byte[] data = new byte[512];
    boolean answered = card.answer(index, get(0x08), response, data);
    if (!answered) {
      raise((word & 3) == 0 ? 0x0001 : 0x1_8000);
      return;
    }
    if ((word & 3) == 1) {
      registers.putInt(0x10, response[3] >>> 8 | response[2] << 24);
      registers.putInt(0x14, response[2] >>> 8 | response[1] << 24);
      registers.putInt(0x18, response[1] >>> 8 | response[0] << 24);
      registers.putInt(0x1C, response[0] >>> 8);
    } else {
      registers.putInt(0x10, response[0]);
    }
    if ((word & 0x20) != 0) {
      deliver(data);
    }
    raise((word & 0x20) != 0 || (word & 3) == 3 ? 0x0003 : 0x0001);
  }

  /** Follows one ADMA2 descriptor of 12 bytes. */
  private void deliver(byte[] data) {
    MemorySegment descriptor = dma.resolve(registers.getLong(0x58), 12);
    long address = descriptor.get(ValueLayout.JAVA_LONG_UNALIGNED, 4);
    MemorySegment.copy(
        data, 0, dma.resolve(address, data.length), ValueLayout.JAVA_BYTE, 0, data.length);
  }

  @Override
  public void write32(long offset, int value) {
    writes.add(new Write(offset, Integer.toUnsignedLong(value), 4));
    int at = (int) offset;
    switch (at) {
      case 0x30, CQ + 0x10, CQ + 0x2C, CQ + 0x3C -> registers.putInt(at, get(at) & ~value);
      case CQ + 0x0C -> control(value);
      case CQ + 0x28 -> {
        registers.putInt(at, get(at) | value);
        onDoorbell.accept(Integer.toUnsignedLong(value));
      }
      default -> {
        if (offset + 4 <= registers.capacity()) {
          registers.putInt(at, value);
        }
      }
    }
    updateLine();
  }

  private void control(int value) {
    int seen = value;
    if ((value & 1) != 0 && !haltWorks) {
      seen &= ~1;
    }
    if ((value & 0x100) != 0 && clearWorks) {
      seen &= ~0x100;
      registers.putInt(CQ + 0x28, 0);
    }
    registers.putInt(CQ + 0x0C, seen);
  }

  @Override
  public void write64(long offset, long value) {
    writes.add(new Write(offset, value, 8));
    registers.putLong((int) offset, value);
  }
}
