package dev.keyslot.testkit;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardSocket;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.EngineConfig.PartialUnit;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/**
 * Runs bytes as a hostile driver: each picks an access, a descriptor, a step, or what happens to
 * memory and card meanwhile. What must hold whatever the bytes are is checked on the way.
 *
 * <p>The card is brought up and the queue enabled first, so that the bytes reach the deep paths.
 * Bytes that run out read as zero.
 */
public final class SiliconProgram {

  /** Operations in one program at most. */
  private static final int OPERATIONS_MAX = 400;

  /** Steps after the last operation, within which a model must come to rest. */
  private static final int SETTLE_STEPS = 2_000;

  /** The controller's own limit on a task's descriptors; each may resolve itself and its memory. */
  private static final int DESCRIPTORS_MAX = 65_536;

  private static final int RESOLVES_MAX = 2 * DESCRIPTORS_MAX + 64;
  private static final int Q = 0x200;
  private static final int MEMORY_BYTES = 64 * 1024;
  private static final int GUARD_BYTES = 4096;
  private static final byte GUARD = 0x5A;

  /** Offsets that matter; others come as raw numbers. */
  private static final int[] OFFSETS = {
    0x00,
    0x04,
    0x06,
    0x08,
    0x0C,
    0x0E,
    0x20,
    0x24,
    0x28,
    0x29,
    0x2C,
    0x2F,
    0x30,
    0x34,
    0x38,
    0x3C,
    0x3E,
    0x50,
    0x52,
    0x54,
    0x58,
    0x5C,
    Q + 0x08,
    Q + 0x0C,
    Q + 0x10,
    Q + 0x14,
    Q + 0x18,
    Q + 0x1C,
    Q + 0x20,
    Q + 0x24,
    Q + 0x28,
    Q + 0x2C,
    Q + 0x38,
    Q + 0x3C,
    Q + 0x40,
    Q + 0x44,
    Q + 0x50,
    Q + 0x1000,
    Q + 0x1040,
    Q + 0x1044,
    Q + 0x10C0,
    Q + 0x1FC0,
    0xFFFC,
    0xFFFE,
    0x10000
  };

  private final ByteBuffer bytes;
  private final Set<String> sights = new HashSet<>();
  private final DmaSpace space = new DmaSpace();
  private final InterruptLine line = new InterruptLine();
  private final CardSocket socket = new CardSocket();
  private final HeapMedia media = new HeapMedia(1 << 20);
  private final CqhciController controller;
  private final BareDriver driver;

  /** Resolves within the present step. */
  private int resolves;

  /** Memory that comes and goes; null while it is gone. */
  private Arena arena;

  private MemorySegment all;
  private long bus;

  private SiliconProgram(byte[] program) {
    bytes = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    DmaMemory counted =
        (address, length) -> {
          resolves++;
          return space.resolve(address, length);
        };
    int part = take();
    HostIdentity identity = part % 2 == 0 ? HostIdentity.PLATFORM_64 : HostIdentity.PCI_INTEL;
    PartialUnit[] ends = PartialUnit.values();
    EngineConfig engine = EngineConfig.faithful().with(ends[part / 2 % ends.length]);
    controller =
        new CqhciController(
            ControllerConfig.faithful(identity),
            counted,
            line,
            socket,
            new CryptoEngine(engine, XtsEngines.jdk()));
    driver =
        new BareDriver(
            controller, space, line, controller::doWork, identity.transferBytes(), MEMORY_BYTES);
  }

  /**
   * Runs {@code program}; an {@link AssertionError} or any exception is a finding.
   *
   * @return what was seen of the model, to judge whether a program reaches something new
   */
  public static Set<String> run(byte[] program) {
    SiliconProgram run = new SiliconProgram(program);
    try {
      run.insert();
      run.driver.enumerate();
      run.driver.enableQueue();
      run.driver.programKey(1, Patterns.ascending(0, 64), 0x80000001, 0);
      run.driver.programKey(2, Patterns.ascending(0, 64), 0x80000208, 0);
      run.map();
      run.operate();
      run.settle();
      run.checkGuards();
    } finally {
      run.close();
    }
    return run.sights;
  }

  private void operate() {
    for (int i = 0; i < OPERATIONS_MAX && bytes.hasRemaining(); i++) {
      switch (take() % 16) {
        case 0, 1, 2 -> write();
        case 3 -> read();
        case 4, 5, 6 -> descriptor();
        case 7 -> scribble();
        case 8, 9 -> driver.ring(1 << (take() % 32));
        case 10, 11, 12 -> step();
        case 13 -> command();
        case 14 -> memoryChanges();
        default -> cardChanges();
      }
      look();
    }
  }

  private void write() {
    int offset = offset();
    int value = value();
    switch (take() % 4) {
      case 0 -> controller.write8(offset, (byte) value);
      case 1 -> controller.write16(offset, (short) value);
      case 2 -> controller.write32(offset, value);
      default -> controller.write64(offset, (long) value << 32 | value());
    }
  }

  private void read() {
    int offset = offset();
    switch (take() % 4) {
      case 0 -> controller.read8(offset);
      case 1 -> controller.read16(offset);
      case 2 -> controller.read32(offset);
      default -> controller.read64(offset);
    }
  }

  /** A task that is nearly right, with a chain that may loop, end early or lie nowhere. */
  private void descriptor() {
    int slot = take() % 32;
    int blocks = take() % 40;
    int kind = take();
    long low = (long) (take() % 64) << 32 | (long) blocks << 16 | 0x2F;
    low |= kind % 2 == 0 ? 0x1000 : 0;
    low |= kind % 16 == 3 ? 0x4000 : 0;
    low ^= kind % 32 == 7 ? take() : 0;
    driver.describe(slot, low, kind % 3 == 0 ? 0 : BareDriver.crypto(kind % 4, take()));
    int parts = 1 + take() % 4;
    int[] lengths = new int[parts];
    for (int i = 0; i < parts; i++) {
      lengths[i] = i == 0 ? blocks * 512 - take() % 3 * 512 : take();
    }
    driver.chain(slot, take() * 16L, lengths);
    if (kind % 5 == 0) { // follow memory that the program scribbles on, or that is gone
      driver.list().set(ValueLayout.JAVA_LONG_UNALIGNED, slot * 32L + 20, bus + take() * 4L);
    }
  }

  private void scribble() {
    if (arena == null) {
      return;
    }
    long at = GUARD_BYTES + take() * 4L;
    int kind = take() % 6;
    int attributes =
        switch (kind) {
          case 0 -> 0x21;
          case 1 -> 0x23;
          case 2 -> 0x31;
          case 3 -> 0x01;
          case 4 -> 0x00;
          default -> take();
        };
    all.set(ValueLayout.JAVA_INT_UNALIGNED, at, value() << 16 | attributes);
    all.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 4, bus + take() * 4L);
  }

  private void command() {
    controller.write32(0x08, value());
    controller.write16(0x0C, (short) take());
    controller.write16(0x0E, (short) ((take() % 64) << 8 | take()));
  }

  private void memoryChanges() {
    if (arena == null) {
      map();
      return;
    }
    checkGuards();
    switch (take() % 3) {
      case 0 -> { // taken away in order
        space.unmap(bus);
        arena.close();
        arena = null;
      }
      case 1 -> { // freed while the device may still reach it
        arena.close();
        step();
        space.unmap(bus);
        arena = null;
      }
      default -> space.unmap(bus);
    }
    if (arena != null) {
      arena.close();
      arena = null;
    }
  }

  private void cardChanges() {
    switch (take() % 4) {
      case 0 -> socket.remove();
      case 1 -> insert();
      case 2 -> controller.write8(0x2F, (byte) take());
      default -> driver.programKey(take() % 32, Patterns.ascending(take(), 64), value(), value());
    }
  }

  private void insert() {
    socket.insert(new EmmcCard(CardProfile.served(media.sizeBytes() / 512), media));
  }

  @SuppressWarnings("MustBeClosedChecker") // the program itself decides when: see above
  private void map() {
    arena = Arena.ofShared();
    all = guarded(arena);
    bus = space.map(all.asSlice(GUARD_BYTES, MEMORY_BYTES));
  }

  /** Memory between two guards. */
  public static MemorySegment guarded(Arena arena) {
    MemorySegment memory = arena.allocate(MEMORY_BYTES + 2 * GUARD_BYTES, 4096);
    memory.asSlice(0, GUARD_BYTES).fill(GUARD);
    memory.asSlice(GUARD_BYTES + MEMORY_BYTES).fill(GUARD);
    return memory;
  }

  private void checkGuards() {
    if (arena != null) {
      checkGuards(all);
    }
  }

  /** Memory of {@link #MEMORY_BYTES} between two guards, as {@link #guarded} makes it. */
  public static void checkGuards(MemorySegment all) {
    for (int i = 0; i < GUARD_BYTES; i++) {
      if (all.get(ValueLayout.JAVA_BYTE, i) != GUARD
          || all.get(ValueLayout.JAVA_BYTE, GUARD_BYTES + MEMORY_BYTES + i) != GUARD) {
        throw new AssertionError("device wrote beside the memory mapped for it: byte=" + i);
      }
    }
  }

  private int step() {
    resolves = 0;
    int work = controller.doWork();
    checkResolves(resolves);
    return work;
  }

  /** Resolves of one step, in which one task may run. */
  public static void checkResolves(int resolves) {
    if (resolves > RESOLVES_MAX) {
      throw new AssertionError("one step followed too many descriptors: resolves=" + resolves);
    }
  }

  private void settle() {
    int steps = 0;
    while (step() != 0) {
      if (++steps > SETTLE_STEPS) {
        throw new AssertionError("model does not come to rest: steps=" + steps);
      }
    }
    look();
  }

  private void look() {
    sights.add("is " + controller.read32(Q + 0x10));
    sights.add("sdhci " + controller.read32(0x30));
    sights.add("terri " + (controller.read32(Q + 0x54) & 0xE0FFE0FF));
    sights.add("state " + (controller.read32(0x24) & 0xC03));
    sights.add("control " + controller.read32(Q + 0x0C) + " " + controller.read32(Q + 0x08));
    sights.add("cri " + controller.read32(Q + 0x58));
    sights.add("adma " + controller.read8(0x54));
  }

  private void close() {
    controller.close();
    driver.close();
    if (arena != null) {
      arena.close();
    }
    media.close();
  }

  // ---- the program

  private int take() {
    return bytes.hasRemaining() ? Byte.toUnsignedInt(bytes.get()) : 0;
  }

  private int offset() {
    int pick = take();
    return pick < 224 ? OFFSETS[pick % OFFSETS.length] : pick << 8 | take();
  }

  private int value() {
    int pick = take();
    return switch (pick % 8) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> 1 << (take() % 32);
      case 3 -> (int) bus;
      case 4 -> (int) (bus >>> 32);
      case 5 -> take();
      default -> take() | take() << 8 | take() << 16 | take() << 24;
    };
  }
}
