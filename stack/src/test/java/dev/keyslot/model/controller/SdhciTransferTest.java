package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.FaultyCard;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** Fewer bytes than the command has, or more: bit 2 of 54h, state 0. */
  @Test
  void reportsDescriptorsThatDoNotSumUp() {
    describe(1000, BYTES - 1512);
    assertThat(transfer(25, 0x27) & 0xFFFF0000).isEqualTo(0x02000000);
    assertThat(registers.read8(0x54)).isEqualTo((byte) 4);
    silicon.driver().command(12, 0, 0x1B);
    describe(BYTES, 512);
    assertThat(transfer(18, 0x37) & 0xFFFF0000).isEqualTo(0x02000000);
    assertThat(registers.read8(0x54)).isEqualTo((byte) 4);
  }

  /** The last transfer may carry END, or a descriptor without data behind it. */
  @Test
  void takesADescriptorWithoutDataAsTheEnd() {
    describe(BYTES);
    descriptors.set(ValueLayout.JAVA_INT_UNALIGNED, 0, BYTES << 16 | 0x21);
    descriptors.set(ValueLayout.JAVA_INT_UNALIGNED, 12, 0x01);
    descriptors.set(ValueLayout.JAVA_INT_UNALIGNED, 24, 0x03);
    assertThat(transfer(25, 0x27)).isEqualTo(0x3);
    assertThat(onMedium()).isEqualTo(Patterns.sevens(BYTES));
  }

  @Test
  void namesTheDescriptorWhoseMemoryIsNotThere() {
    describe(512, BYTES - 512);
    descriptors.set(ValueLayout.JAVA_LONG_UNALIGNED, 16, 1L << 40);
    assertThat(transfer(25, 0x27) & 0xFFFF0000).isEqualTo(0x02000000);
    assertThat(registers.read8(0x54)).isEqualTo((byte) 1);
    assertThat(registers.read64(0x58)).isEqualTo(descriptorBus + 12);
  }

  /** Mode 2B: CMD23 goes first, and with it fails the write; mode 27: CMD12 goes last. */
  @ParameterizedTest
  @CsvSource({
    "command-silent index 23, 2B, 82",
    "command-crc index 23, 2B, 84",
    "command-end-bit index 23, 2B, 88",
    "command-index index 23, 2B, 90",
    "command-silent index 12, 27, 02",
    "command-crc index 12, 27, 04",
  })
  void tellsHowACommandOfItsOwnFailed(String plan, String mode, String error) {
    FaultPlan faults = FaultPlan.parse(plan, 1, line -> {});
    EmmcCard card = new EmmcCard(CardProfile.served(media.sizeBytes() / 512), media);
    try (Silicon failing =
        new Silicon(
            ControllerConfig.served(1), EngineConfig.served(), new FaultyCard(card, faults))) {
      CqhciController own = failing.controller();
      failing.driver().enumerate();
      own.write32(0x34, -1);
      own.write32(0x30, -1);
      long dataAt = failing.dma().map(data);
      descriptors.set(ValueLayout.JAVA_INT_UNALIGNED, 0, BYTES << 16 | 0x23);
      descriptors.set(ValueLayout.JAVA_LONG_UNALIGNED, 4, dataAt);
      own.write8(0x28, (byte) 0x18);
      own.write64(0x58, failing.dma().map(descriptors));
      own.write32(0x00, BLOCKS);
      own.write32(0x08, 0);
      own.write32(0x04, BLOCKS << 16 | 512);
      own.write32(0x0C, (25 << 8 | 0x3A) << 16 | Integer.parseInt(mode, 16));
      while (own.doWork() != 0) {
        // the hardware runs
      }
      assertThat(own.read32(0x30) & 0xFFFF8000).as("auto command").isEqualTo(0x01008000);
      assertThat(own.read16(0x3C)).isEqualTo((short) Integer.parseInt(error, 16));
      assertThat(media.extent(0) >= 0).as("written").isEqualTo(mode.equals("27"));
    }
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
