package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Legacy transfers by every mover, and what goes with them. Numbers are the datasheet's. */
class SdhciTransferTest {

  private static final int BLOCKS = 8;
  private static final int BYTES = BLOCKS * 512;

  private final HeapMedia media = new HeapMedia(8L << 20);
  private final Silicon silicon = Silicon.served(media);
  private final CqhciController registers = silicon.controller();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment descriptors = arena.allocate(4096, 4096);
  private final MemorySegment data = arena.allocate(BYTES, 4096);
  private final long descriptorBus = silicon.dma().map(descriptors);
  private final long dataBus = silicon.dma().map(data);

  @BeforeEach
  void bringUp() {
    silicon.driver().enumerate();
    registers.write32(0x34, -1);
    registers.write32(0x30, -1);
    MemorySegment.copy(Patterns.sevens(BYTES), 0, data, ValueLayout.JAVA_BYTE, 0, BYTES);
  }

  @AfterEach
  void close() {
    silicon.close();
    arena.close();
  }

  private byte[] onMedium() {
    byte[] bytes = new byte[BYTES];
    media.read(0, MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** Sends a data command and steps until nothing is left to do; returns the status. */
  private int transfer(int index, int mode) {
    registers.write32(0x04, BLOCKS << 16 | 512);
    registers.write32(0x08, 0);
    registers.write32(0x0C, (index << 8 | 0x3A) << 16 | mode);
    while (registers.doWork() != 0) {
      // the hardware runs
    }
    int status = registers.read32(0x30);
    registers.write32(0x30, -1);
    return status;
  }

  /** 64-bit ADMA2 descriptors of version 3: 12 bytes. */
  private void describe(int... lengths) {
    long at = 0;
    long bus = dataBus;
    for (int i = 0; i < lengths.length; i++) {
      int attributes = i == lengths.length - 1 ? 0x23 : 0x21;
      descriptors.set(ValueLayout.JAVA_INT_UNALIGNED, at, lengths[i] << 16 | attributes);
      descriptors.set(ValueLayout.JAVA_LONG_UNALIGNED, at + 4, bus);
      at += 12;
      bus += lengths[i];
    }
    registers.write8(0x28, (byte) 0x18);
    registers.write64(0x58, descriptorBus);
  }

  @Test
  void writesAndReadsByAdma2WithACountFromAutoCommand23() {
    describe(1000, 96, 3000);
    registers.write32(0x00, BLOCKS); // argument of CMD23
    assertThat(transfer(25, 0x2B)).as("command and transfer complete").isEqualTo(0x3);
    assertThat(onMedium()).isEqualTo(Patterns.sevens(BYTES));
    assertThat(silicon.driver().status()).as("the transfer ended by its count").isEqualTo(0x900);

    registers.write32(0x34, -1);
    data.fill((byte) 0);
    registers.write64(0x58, descriptorBus);
    registers.write32(0x00, BLOCKS);
    assertThat(transfer(18, 0x3B)).isEqualTo(0x3);
    assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Patterns.sevens(BYTES));
  }

  @Test
  void stopsAnOpenTransferByAutoCommand12() {
    describe(BYTES);
    assertThat(transfer(25, 0x27)).isEqualTo(0x3);
    assertThat(registers.read32(0x1C)).as("CMD12's response: state rcv").isEqualTo(0xC00);
    assertThat(silicon.driver().status()).isEqualTo(0x900);
  }

  @Test
  void reportsABadDescriptorWithItsAddress() {
    describe(BYTES);
    descriptors.set(ValueLayout.JAVA_INT, 0, 0);
    assertThat(transfer(25, 0x27) & 0xFFFF0000).isEqualTo(0x02000000);
    assertThat(registers.read8(0x54)).isEqualTo((byte) 1);
    assertThat(registers.read64(0x58)).isEqualTo(descriptorBus);
  }

  @Test
  void drainsNothingIntoTheBufferPortWhenIdle() {
    assertThat(registers.read32(0x24) & 0x0F0F).as("no inhibit, no buffer").isZero();
    assertThat(registers.read32(0x20)).isZero();
  }

  @Test
  void tunesAtTheFirstBlockWithoutCommandComplete() {
    registers.write16(0x3E, (short) 0x0040);
    assertThat(transfer(21, 0x10)).isEqualTo(0x20);
    assertThat(registers.read16(0x3E)).isEqualTo((short) 0x0080);
  }

  @Test
  void setsOnlyTheTimeoutBitForACommandThatGoesUnanswered() {
    registers.write32(0x08, 0);
    registers.write32(0x0C, (55 << 8 | 0x1A) << 16);
    registers.doWork();
    assertThat(registers.read32(0x30)).isEqualTo(0x00018000);
  }
}
