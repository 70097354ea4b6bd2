package dev.keyslot.testkit;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * A second driver, written against the datasheet with numbers of its own: no constant of the link
 * rooms and nothing of the host rooms appears in it.
 *
 * <p>It drives the controller with nothing but register accesses and DMA memory, one thing after
 * the other, and steps the hardware while it waits. Belongs to one thread.
 */
public final class BareDriver implements AutoCloseable {

  /** CQHCI block in the window. */
  public static final int Q = 0x200;

  /** CRYPTOCFG array of our default part in the window: CFGPTR 10h. */
  public static final int KEYS = Q + 0x1000;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int STEPS_MAX = 100_000;
  static final int DATA_BYTES = 1 << 20;

  private final Mmio mmio;
  private final InterruptLine line;
  private final Runnable step;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment list = arena.allocate(4096, 4096);
  private final MemorySegment chains = arena.allocate(32 * 4096, 4096);
  private final MemorySegment data;
  private final long listBus;
  private final long chainsBus;
  private final long dataBus;
  private final int transferBytes;

  /** Error bits of the last command, 0 if it went well. */
  private int lastErrors;

  /** EXT_CSD as bring-up read it. */
  private byte[] extCsd = new byte[512];

  /**
   * @param transferBytes length of a transfer descriptor, which no register tells
   */
  public BareDriver(Mmio mmio, DmaSpace dma, InterruptLine line, Runnable step, int transferBytes) {
    this(mmio, dma, line, step, transferBytes, DATA_BYTES);
  }

  /** A driver with so much memory for data: large memory takes long to come by. */
  BareDriver(
      Mmio mmio,
      DmaSpace dma,
      InterruptLine line,
      Runnable step,
      int transferBytes,
      int dataBytes) {
    data = arena.allocate(dataBytes, 4096);
    this.mmio = mmio;
    this.line = line;
    this.step = step;
    this.transferBytes = transferBytes;
    listBus = dma.map(list);
    chainsBus = dma.map(chains);
    dataBus = dma.map(data);
  }

  // ---- SDHCI commands

  /** Power, clock, all interrupts on. */
  public void powerUp() {
    mmio.write8(0x2F, (byte) 1);
    mmio.write8(0x29, (byte) 0x0F);
    mmio.write16(0x2C, (short) 0x0005);
    mmio.write32(0x34, -1);
    mmio.write32(0x38, -1);
  }

  /** A command without data. {@code flags}: low byte of the command register. */
  public int command(int index, int argument, int flags) {
    mmio.write32(0x30, -1);
    mmio.write32(0x08, argument);
    mmio.write32(0x0C, (index << 8 | flags) << 16);
    boolean busy = (flags & 3) == 3;
    lastErrors = waitFor(busy ? 0x2 : 0x1) & 0xFFFF0000;
    return mmio.read32(0x10);
  }

  /** Waits for one of the bits of 30h or an error; returns the combined status and clears it. */
  private int waitFor(int bits) {
    for (int i = 0; i < STEPS_MAX; i++) {
      int status = mmio.read32(0x30);
      if ((status & (bits | 0x8000)) != 0) {
        mmio.write32(0x30, status & (bits | 0xFFFF8000));
        return status;
      }
      step.run();
    }
    throw new AssertionError("no interrupt: status=" + Integer.toHexString(mmio.read32(0x30)));
  }

  /** Error half of the last command's status, in bits 31:16. */
  public int lastErrors() {
    return lastErrors;
  }

  /** A read with data through the buffer port. */
  public byte[] readByPort(int index, int argument, int blocks) {
    byte[] result = new byte[512 * blocks];
    mmio.write32(0x30, -1);
    mmio.write32(0x04, blocks << 16 | 512);
    mmio.write32(0x08, argument);
    int mode = blocks > 1 ? 0x32 : 0x10;
    mmio.write32(0x0C, (index << 8 | 0x3A) << 16 | mode);
    lastErrors = waitFor(0x1) & 0xFFFF0000;
    for (int block = 0; block < blocks && lastErrors == 0; block++) {
      lastErrors = waitFor(0x20) & 0xFFFF0000;
      for (int i = 0; i < 512 && lastErrors == 0; i += 4) {
        int word = mmio.read32(0x20);
        for (int b = 0; b < 4; b++) {
          result[block * 512 + i + b] = (byte) (word >>> (8 * b));
        }
      }
    }
    if (lastErrors == 0) {
      lastErrors = waitFor(0x2) & 0xFFFF0000;
    }
    return result;
  }

  /** A write with data through the buffer port. */
  public void writeByPort(int index, int argument, byte[] bytes) {
    int blocks = bytes.length / 512;
    mmio.write32(0x30, -1);
    mmio.write32(0x04, blocks << 16 | 512);
    mmio.write32(0x08, argument);
    int mode = blocks > 1 ? 0x22 : 0;
    mmio.write32(0x0C, (index << 8 | 0x3A) << 16 | mode);
    lastErrors = waitFor(0x1) & 0xFFFF0000;
    int status = 0;
    for (int block = 0; block < blocks && lastErrors == 0; block++) {
      status = waitFor(0x10);
      lastErrors = status & 0xFFFF0000;
      for (int i = 0; i < 512 && lastErrors == 0; i += 4) {
        int word = 0;
        for (int b = 3; b >= 0; b--) {
          word = word << 8 | (bytes[block * 512 + i + b] & 0xFF);
        }
        mmio.write32(0x20, word);
      }
    }
    if (lastErrors == 0) {
      lastErrors = waitFor(0x2) & 0xFFFF0000;
    }
  }

  /** CMD13: the card status. */
  public int status() {
    return command(13, 1 << 16, 0x1A);
  }

  /** CMD6, write byte; returns the status that follows it. */
  public int switchByte(int index, int value) {
    command(6, 3 << 24 | index << 16 | value << 8 | 1, 0x1B);
    return status();
  }

  // ---- bring-up

  /** From power-up to transfer state, as Linux orders it. */
  public void enumerate() {
    powerUp();
    command(0, 0, 0);
    command(1, 0, 0x02);
    command(0, 0, 0);
    int ocr = 0;
    for (int i = 0; i < 100 && ocr >= 0; i++) {
      ocr = command(1, 0x40FF8080, 0x02);
    }
    if (ocr >= 0) {
      throw new AssertionError("card stays busy: ocr=" + Integer.toHexString(ocr));
    }
    command(2, 0, 0x09);
    command(3, 1 << 16, 0x1A);
    command(9, 1 << 16, 0x09);
    command(7, 1 << 16, 0x1A);
    extCsd = readByPort(8, 0, 1);
    switchByte(175, 1);
    switchByte(34, 1);
    switchByte(183, 2);
    switchByte(185, 1);
    switchByte(33, 1);
  }

  public byte[] extCsd() {
    return extCsd;
  }

  /** Card queueing on, then the queue engine, with 128-bit descriptors, DCMD and crypto. */
  public void enableQueue() {
    switchByte(15, 1);
    mmio.write32(0x34, 0x02FF4000);
    mmio.write32(0x38, 0x02FF4000);
    mmio.write32(Q + 0x08, 0x1102);
    mmio.write32(Q + 0x20, (int) listBus);
    mmio.write32(Q + 0x24, (int) (listBus >>> 32));
    mmio.write32(Q + 0x44, 1);
    mmio.write32(Q + 0x08, 0x1103);
    mmio.write32(Q + 0x0C, 0);
    mmio.write32(Q + 0x14, 0x36);
    mmio.write32(Q + 0x18, 0x36);
  }

  /** Programs a keyslot in the order of the datasheet. {@code config}: dword 16. */
  public void programKey(int slot, byte[] key, int config, int vendor) {
    int entry = KEYS + slot * 0x80;
    mmio.write32(entry + 0x40, 0);
    for (int i = 0; i < 64; i += 4) {
      int word = 0;
      for (int b = 3; b >= 0; b--) {
        word = word << 8 | (key[i + b] & 0xFF);
      }
      mmio.write32(entry + i, word);
    }
    mmio.write32(entry + 0x44, vendor);
    mmio.write32(entry + 0x40, config);
  }

  // ---- tasks

  /** Host memory for task data. */
  public MemorySegment data() {
    return data;
  }

  /** Bus address of {@link #data}. */
  public long dataBus() {
    return dataBus;
  }

  public MemorySegment list() {
    return list;
  }

  /** Makes one chain of descriptors for a slot; lengths in bytes, memory from {@code offset} on. */
  public void chain(int slot, long offset, int... lengths) {
    long at = slot * 4096L;
    long bus = dataBus + offset;
    for (int i = 0; i < lengths.length; i++) {
      int attributes = i == lengths.length - 1 ? 0x23 : 0x21;
      chains.set(INT, at, (lengths[i] & 0xFFFF) << 16 | attributes);
      if (transferBytes == 8) {
        chains.set(INT, at + 4, (int) bus);
      } else {
        chains.set(LONG, at + 4, bus);
      }
      at += transferBytes;
      bus += lengths[i];
    }
    long link = slot * 32L + 16;
    list.set(LONG, link, 0x31);
    list.set(LONG, link + 4, chainsBus + slot * 4096L);
  }

  /** Writes both words of a slot's task descriptor. */
  public void describe(int slot, long low, long high) {
    list.set(LONG, slot * 32L, low);
    list.set(LONG, slot * 32L + 8, high);
  }

  /** A data task; {@code flags} are further bits of the low word. */
  public void task(int slot, boolean read, long block, int blocks, long upper, long flags) {
    long low = block << 32 | (long) blocks << 16 | (read ? 0x1000 : 0) | 0x2F | flags;
    describe(slot, low, upper);
  }

  /** The upper word of a task that uses a keyslot. */
  public static long crypto(int keyslot, long dun) {
    return 1L << 47 | (long) keyslot << 32 | dun;
  }

  public void ring(int bits) {
    mmio.write32(Q + 0x28, bits);
  }

  /** Steps until the interrupt line rises; returns and clears CQHCI IS. */
  public int awaitQueue() {
    for (int i = 0; i < STEPS_MAX; i++) {
      if (line.raised()) {
        int is = mmio.read32(Q + 0x10);
        mmio.write32(Q + 0x10, is);
        return is;
      }
      step.run();
    }
    throw new AssertionError(
        "no interrupt from the queue: "
            + HexFormat.of().toHexDigits(mmio.read32(Q + 0x28))
            + " rung, errors "
            + HexFormat.of().toHexDigits(mmio.read32(Q + 0x54)));
  }

  /** Rings and waits until all {@code bits} have completed. */
  public void complete(int bits) {
    ring(bits);
    int done = 0;
    while ((done & bits) != bits) {
      int is = awaitQueue();
      if ((is & ~2) != 0 || (mmio.read32(0x30) & 0xFFFF0000) != 0) {
        throw new AssertionError(
            "task failed: IS=%x SDHCI=%x TERRI=%x CRA=%x"
                .formatted(is, mmio.read32(0x30), mmio.read32(Q + 0x54), mmio.read32(Q + 0x5C)));
      }
      int tcn = mmio.read32(Q + 0x2C);
      mmio.write32(Q + 0x2C, tcn);
      done |= tcn;
    }
  }

  /** A direct command through slot 31. {@code type}: 0 none, 1 unchecked, 2 R1, 3 R1b. */
  public int direct(int index, int argument, int type, boolean barrier) {
    long low = 0x2F | (barrier ? 0x4000L : 0) | (long) index << 16 | (long) type << 23;
    describe(31, low | Integer.toUnsignedLong(argument) << 32, 0);
    complete(1 << 31);
    return mmio.read32(Q + 0x48);
  }

  /** Halts the queue and drops all tasks, on both sides. */
  public void recover() {
    mmio.write32(Q + 0x14, 0x01);
    mmio.write32(Q + 0x18, 0x01);
    mmio.write32(Q + 0x0C, 1);
    for (int i = 0; i < STEPS_MAX && (mmio.read32(Q + 0x0C) & 1) == 0; i++) {
      step.run();
    }
    mmio.write32(0x34, -1);
    mmio.write32(0x38, -1);
    command(12, 0, 0x03);
    command(48, 1, 0x1B);
    mmio.write32(Q + 0x14, 0x08);
    mmio.write32(Q + 0x18, 0x08);
    mmio.write32(Q + 0x0C, 0x101);
    if ((mmio.read32(Q + 0x0C) & 0x100) != 0 || (mmio.read32(Q + 0x10) & 8) == 0) {
      throw new AssertionError("tasks were not cleared");
    }
    mmio.write32(Q + 0x10, 0x09);
    mmio.write32(Q + 0x2C, mmio.read32(Q + 0x2C));
    mmio.write32(Q + 0x3C, mmio.read32(Q + 0x3C));
    mmio.write32(0x34, 0x02FF4000);
    mmio.write32(0x38, 0x02FF4000);
    mmio.write32(0x30, -1);
    mmio.write32(Q + 0x14, 0x36);
    mmio.write32(Q + 0x18, 0x36);
    mmio.write32(Q + 0x0C, 0);
  }

  @Override
  public void close() {
    arena.close();
  }
}
