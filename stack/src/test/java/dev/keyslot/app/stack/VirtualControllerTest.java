package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.KeyWrapper;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** What docs/virtual-controller.md shows, step by step, and what a snapshot never shows. */
class VirtualControllerTest {

  private static final int QUEUE = 0x200;
  private static final int KEYSLOTS = 0x1200;

  private static void command(VirtualController silicon, int index, int argument, int flags) {
    Mmio registers = silicon.registers();
    registers.write32(0x08, argument);
    registers.write32(0x0C, (index << 8 | flags) << 16);
    while (silicon.step() != 0) {
      // until the hardware has nothing left to do
    }
    registers.write32(0x30, -1);
  }

  private static void bringUp(VirtualController silicon) {
    Mmio registers = silicon.registers();
    registers.write8(0x29, (byte) 0x0F); // power
    registers.write16(0x2C, (short) 0x0005); // clock
    registers.write32(0x34, -1); // latch every event
    command(silicon, 0, 0, 0x00); // idle
    command(silicon, 1, 0x40FF8080, 0x02); // operating conditions
    command(silicon, 2, 0, 0x09); // CID
    command(silicon, 3, 1 << 16, 0x1A); // address 1
    command(silicon, 7, 1 << 16, 0x1A); // select
    command(silicon, 6, 0x030F0101, 0x1B); // card queue on
    registers.write32(QUEUE + 0x44, 1); // address for the queue's own commands
  }

  private static void programKeyslot(Mmio registers, int slot) {
    programKeyslot(registers, slot, Patterns.ascending(0, 64), 0);
  }

  private static void programKeyslot(Mmio registers, int slot, byte[] key, int vendor) {
    int entry = KEYSLOTS + slot * 0x80;
    ByteBuffer words = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).put(key).rewind();
    registers.write32(entry + 0x40, 0);
    for (int i = 0; i < 64; i += 4) {
      registers.write32(entry + i, words.getInt());
    }
    registers.write32(entry + 0x44, vendor);
    registers.write32(entry + 0x40, 0x80000001); // live, 512-byte data units
  }

  @Test
  void writesOneEncryptedBlockWithNothingButRegisterAccesses() {
    HeapMedia media = new HeapMedia(8L << 20);
    try (VirtualController silicon = VirtualController.create(FaultPlan.NONE);
        Arena arena = Arena.ofShared()) {
      silicon.insertCard(CardProfile.served(16384), media);
      bringUp(silicon);
      programKeyslot(silicon.registers(), 5);
      prepare(silicon, arena, 1, 0x2F);
      silicon.registers().write32(QUEUE + 0x28, 1); // doorbell
      while (!silicon.interrupt().raised()) {
        silicon.step();
      }
      assertThat(silicon.registers().read32(QUEUE + 0x2C)).as("task 0 completed").isEqualTo(1);
      // driver-side reference 12.1: key 00..3f, DUN 1, zeros
      assertThat(atBlock7(media)).isEqualTo("0c22ed7e2168a8500b30154c2ec00d26");
    }
  }

  /** Task 0: 512 zero bytes to block 7 by keyslot 5; the queue is enabled. 2F: with INT. */
  private static void prepare(VirtualController silicon, Arena arena, int number, int attributes) {
    MemorySegment list = arena.allocate(4096, 4096); // task list, then one transfer descriptor
    MemorySegment data = arena.allocate(4096, 4096);
    long listBus = silicon.memory().map(list);
    long dataBus = silicon.memory().map(data);
    list.set(ValueLayout.JAVA_LONG, 0, 7L << 32 | 1L << 16 | attributes); // 1 block at 7
    list.set(ValueLayout.JAVA_LONG, 8, 1L << 47 | 5L << 32 | number); // keyslot 5
    list.set(ValueLayout.JAVA_LONG, 16, 0x31); // link
    list.set(ValueLayout.JAVA_LONG_UNALIGNED, 20, listBus + 2048);
    list.set(ValueLayout.JAVA_LONG, 2048, 512 << 16 | 0x23); // transfer, last
    list.set(ValueLayout.JAVA_LONG_UNALIGNED, 2052, dataBus);

    Mmio registers = silicon.registers();
    registers.write64(QUEUE + 0x20, listBus);
    registers.write32(QUEUE + 0x14, 0x36); // latch
    registers.write32(QUEUE + 0x18, 0x36); // signal
    registers.write32(0x38, 0x4000);
    registers.write32(QUEUE + 0x08, 0x103); // enable, crypto, 128-bit descriptors
  }

  private static String atBlock7(HeapMedia media) {
    byte[] bytes = new byte[16];
    media.read(7 * 512, MemorySegment.ofArray(bytes));
    return HexFormat.of().formatHex(bytes);
  }

  /** Vendor word bit 17: the slot takes a sealed key. Driver-side reference 12.4, DUN 5, zeros. */
  @Test
  void takesASealedKeyByItsRegistersUntilThePartLosesPower() {
    HeapMedia media = new HeapMedia(8L << 20);
    KeyWrapper wrapper = new KeyWrapper(Patterns.ascending(0x80, 32));
    var part = VirtualController.Part.of(HostIdentity.PLATFORM_64).wrapping(wrapper);
    try (VirtualController silicon = VirtualController.create(part);
        Arena arena = Arena.ofShared()) {
      silicon.insertCard(CardProfile.served(16384), media);
      bringUp(silicon);
      byte[] longTerm = wrapper.importKey(Patterns.ascending(0, 32));
      byte[] sealed = wrapper.prepare(longTerm);
      programKeyslot(silicon.registers(), 5, sealed, 0x00020000);
      prepare(silicon, arena, 5, 0x2F);
      assertThat(ringAndWait(silicon)).as("TCC").isEqualTo(2);
      assertThat(atBlock7(media)).isEqualTo("448425acc5766bb14885af97ab1b61e7");

      silicon.powerCycleEngine();
      programKeyslot(silicon.registers(), 5, sealed, 0x00020000);
      assertThat(ringAndWait(silicon)).as("ICCE: sealed for another power cycle").isEqualTo(0x20);
    }
  }

  private static int ringAndWait(VirtualController silicon) {
    Mmio registers = silicon.registers();
    registers.write32(QUEUE + 0x28, 1);
    while (!silicon.interrupt().raised()) {
      silicon.step();
    }
    int status = registers.read32(QUEUE + 0x10);
    registers.write32(QUEUE + 0x10, status);
    return status;
  }

  /** Held back for 3 times 1024 clocks of 192 MHz, 16 microseconds. */
  @Test
  void countsItsTimersWithTheClockItIsGiven() {
    HeapMedia media = new HeapMedia(8L << 20);
    FakeClock clock = new FakeClock();
    var part = VirtualController.Part.of(HostIdentity.PLATFORM_64).timedBy(clock);
    try (VirtualController silicon = VirtualController.create(part);
        Arena arena = Arena.ofShared()) {
      silicon.insertCard(CardProfile.served(16384), media);
      bringUp(silicon);
      programKeyslot(silicon.registers(), 5);
      prepare(silicon, arena, 1, 0x2B);
      silicon.registers().write32(QUEUE + 0x40, 0x10000); // the card is asked at each step
      silicon.registers().write32(QUEUE + 0x1C, 0x80008A83); // enable, threshold 10, timeout 3
      silicon.registers().write32(QUEUE + 0x28, 1);
      settle(silicon);
      assertThat(silicon.registers().read32(QUEUE + 0x2C)).as("completed").isEqualTo(1);
      clock.advance(15_999);
      settle(silicon);
      assertThat(silicon.interrupt().raised()).isFalse();
      clock.advance(1);
      settle(silicon);
      assertThat(silicon.interrupt().raised()).isTrue();
    }
  }

  private static void settle(VirtualController silicon) {
    while (silicon.step() != 0) {
      // until only time can help
    }
  }

  @Test
  void showsEveryRegisterAndNoKeyInASnapshot() {
    try (VirtualController silicon = VirtualController.create(FaultPlan.NONE)) {
      programKeyslot(silicon.registers(), 0);
      assertThat(silicon.snapshot())
          .contains("CQHCI VER 0200 00000510", "SDHCI HOST_VERSION 00fe 0002")
          .contains("CQHCI CRYPTOCFG 1200 00000000")
          .noneMatch(line -> line.contains("03020100"));
    }
  }

  @Test
  void leavesCommandsUnansweredWithoutACard() {
    try (VirtualController silicon = VirtualController.create(FaultPlan.NONE)) {
      Mmio registers = silicon.registers();
      registers.write8(0x29, (byte) 0x0F);
      registers.write32(0x34, -1);
      registers.write32(0x08, 0);
      registers.write32(0x0C, (1 << 8 | 0x02) << 16);
      silicon.step();
      assertThat(registers.read32(0x30)).as("command timeout").isEqualTo(0x00018000);
      assertThat(registers.read32(0x24) & 0x00050000).as("no card").isZero();
    }
  }
}
