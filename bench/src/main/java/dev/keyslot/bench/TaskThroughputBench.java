package dev.keyslot.bench;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.NullMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many tasks a second does the silicon do, from doorbell to completion?
 *
 * <p>One thread, 31 tasks of 4 KiB per doorbell, reads and writes in turn, a card over a medium
 * that forgets; the figure is for one task.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class TaskThroughputBench extends RoomBench {

  private static final int TASKS = 31;
  private static final int ALL = 0x7FFF_FFFF;
  private static final int UNIT = 4096;
  private static final int QUEUE = 0x200;
  private static final int KEYSLOT = 0x1200;

  /** Whether each task passes the engine. */
  @Param({"false", "true"})
  private boolean crypto;

  private final Arena arena = Arena.ofShared();
  private final InterruptLine line = new InterruptLine();
  private CqhciController registers;

  @Setup
  public void bringUp() {
    DmaSpace memory = new DmaSpace();
    registers =
        new CqhciController(
            ControllerConfig.served(1),
            memory,
            line,
            new EmmcCard(CardProfile.served(1 << 21), new NullMedia(1L << 30)),
            new CryptoEngine(EngineConfig.served(), XtsEngines.fastest(UNIT)));
    registers.write8(0x29, (byte) 0x0F);
    registers.write32(0x34, -1);
    command(0, 0, 0x00);
    command(1, 0x40FF8080, 0x02);
    command(2, 0, 0x09);
    command(3, 1 << 16, 0x1A);
    command(7, 1 << 16, 0x1A);
    command(6, 0x030F0101, 0x1B);
    for (int i = 0; i < 64; i += 4) {
      registers.write32(KEYSLOT + i, i * 0x01020304 + 1);
    }
    registers.write32(KEYSLOT + 0x40, 0x80000008);
    describe(memory);
    registers.write32(QUEUE + 0x44, 1);
    registers.write32(QUEUE + 0x14, 0x36);
    registers.write32(QUEUE + 0x18, 0x36);
    registers.write32(0x38, 0x4000);
    registers.write32(QUEUE + 0x08, 0x103);
  }

  private void command(int index, int argument, int flags) {
    registers.write32(0x08, argument);
    registers.write32(0x0C, (index << 8 | flags) << 16);
    while (registers.doWork() != 0) {
      // until nothing is left to do
    }
    registers.write32(0x30, -1);
  }

  private void describe(DmaSpace memory) {
    MemorySegment list = arena.allocate(8192, 4096);
    long bus = memory.map(list);
    long data = memory.map(arena.allocate(TASKS * UNIT, UNIT));
    for (int i = 0; i < TASKS; i++) {
      long task = i * 32L;
      long chain = 4096 + i * 16L;
      long direction = i % 2 == 0 ? 0x1000 : 0;
      list.set(ValueLayout.JAVA_LONG, task, 8L * i << 32 | 8L << 16 | direction | 0x2F);
      list.set(ValueLayout.JAVA_LONG, task + 8, crypto ? 1L << 47 | i : 0);
      list.set(ValueLayout.JAVA_LONG, task + 16, 0x31);
      list.set(ValueLayout.JAVA_LONG_UNALIGNED, task + 20, bus + chain);
      list.set(ValueLayout.JAVA_LONG, chain, UNIT << 16 | 0x23);
      list.set(ValueLayout.JAVA_LONG_UNALIGNED, chain + 4, data + (long) i * UNIT);
    }
    registers.write64(QUEUE + 0x20, bus);
  }

  /** One doorbell for all tasks, then the interrupts until the last has completed. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public int doorbellToCompletion() {
    registers.write32(QUEUE + 0x28, ALL);
    int done = 0;
    while (done != ALL) {
      registers.doWork();
      if (line.raised()) {
        registers.write32(QUEUE + 0x10, registers.read32(QUEUE + 0x10));
        int completed = registers.read32(QUEUE + 0x2C);
        registers.write32(QUEUE + 0x2C, completed);
        done |= completed;
      }
    }
    return done;
  }

  @TearDown
  public void close() {
    registers.close();
    arena.close();
  }
}
