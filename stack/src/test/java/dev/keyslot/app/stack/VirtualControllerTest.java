package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.Mmio;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.HeapMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The example of docs/virtual-controller.md, run; and what a snapshot never shows. */
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
    int entry = KEYSLOTS + slot * 0x80;
    for (int i = 0; i < 64; i += 4) {
      registers.write32(entry + i, (i + 3) << 24 | (i + 2) << 16 | (i + 1) << 8 | i);
    }
    registers.write32(entry + 0x44, 0);
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

      MemorySegment list = arena.allocate(4096, 4096); // task list, then one transfer descriptor
      MemorySegment data = arena.allocate(4096, 4096); // 512 zero bytes to write
      long listBus = silicon.memory().map(list);
      long dataBus = silicon.memory().map(data);
      list.set(ValueLayout.JAVA_LONG, 0, 7L << 32 | 1L << 16 | 0x2F); // write 1 block at 7
      list.set(ValueLayout.JAVA_LONG, 8, 1L << 47 | 5L << 32 | 1); // keyslot 5, DUN 1
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
      registers.write32(QUEUE + 0x28, 1); // doorbell
      while (!silicon.interrupt().raised()) {
        silicon.step();
      }
      assertThat(registers.read32(QUEUE + 0x2C)).as("task 0 completed").isEqualTo(1);

      byte[] ciphertext = new byte[16];
      media.read(7 * 512, MemorySegment.ofArray(ciphertext));
      // driver-side reference 12.1: key 00..3f, DUN 1, zeros
      assertThat(HexFormat.of().formatHex(ciphertext))
          .isEqualTo("0c22ed7e2168a8500b30154c2ec00d26");
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
