package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Silicon;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What software's accesses do to the registers, by width and kind. Numbers are the datasheet's. */
class RegisterAccessTest {

  private static final int Q = 0x200;

  private final Silicon silicon = Silicon.served(16384);
  private final CqhciController registers = silicon.controller();

  @AfterEach
  void close() {
    silicon.close();
  }

  @ParameterizedTest
  @CsvSource({
    "0x024, 0x01FF00F0", // idle slot with a card
    "0x040, 0x556CC881",
    "0x044, 0x00002007",
    "0x0FC, 0x00020000", // version 3.00 in the upper half
    "0x200, 0x00000510",
    "0x204, 0x100030C0",
    "0x240, 0x00011000",
    "0x250, 0xFDF9A080",
    "0x300, 0x10001F01",
    "0x304, 0x8003FF00",
    "0x1200, 0x00000000",
  })
  void resetsToTheValuesOfTheDefaultPart(String offset, String value) {
    assertThat(registers.read32(Long.decode(offset))).isEqualTo(Long.decode(value).intValue());
  }

  @Test
  void ignoresWritesToReadOnlyRegisters() {
    registers.write32(Q + 0x04, 0);
    registers.write32(0x40, 0);
    registers.write32(Q + 0x100, 0);
    assertThat(registers.read32(Q + 0x04)).isEqualTo(0x100030C0);
    assertThat(registers.read32(0x40)).isEqualTo(0x556CC881);
    assertThat(registers.read32(Q + 0x100)).isEqualTo(0x10001F01);
  }

  @Test
  void reachesPartsOfRegistersAndNeighboursByWidth() {
    registers.write16(0x04, (short) 0x7200);
    registers.write8(0x06, (byte) 0x34);
    registers.write8(0x07, (byte) 0x12);
    assertThat(registers.read32(0x04)).isEqualTo(0x12347200);
    assertThat(registers.read16(0x05)).isEqualTo((short) 0x3472);
    assertThat(registers.read8(0x07)).isEqualTo((byte) 0x12);
    registers.write64(Q + 0x20, 0x0000_0001_2345_6400L);
    assertThat(registers.read64(Q + 0x20)).isEqualTo(0x0000_0001_2345_6400L);
    assertThat(registers.read32(Q + 0x24)).isEqualTo(1);
  }

  @Test
  void clearsStatusByOnesAndOnlyInTheBytesWritten() {
    registers.write32(0x34, -1);
    registers.write16(0x52, (short) 0x0011); // force command timeout and data timeout
    assertThat(registers.read32(0x30)).isEqualTo(0x00118000);
    registers.write16(0x32, (short) 0x0001);
    assertThat(registers.read32(0x30)).isEqualTo(0x00108000);
    registers.write32(0x30, 0x00100000);
    assertThat(registers.read32(0x30)).as("the summary follows").isZero();
  }

  @Test
  void latchesOnlyEnabledEventsAndRaisesTheLineOnlyForSignalledOnes() {
    registers.write16(0x52, (short) 1);
    assertThat(registers.read32(0x30)).isZero();
    registers.write32(0x34, 0x00010000);
    registers.write16(0x52, (short) 1);
    assertThat(silicon.line().raised()).isFalse();
    registers.write32(0x38, 0x00010000);
    assertThat(silicon.line().raised()).isTrue();
    assertThat(registers.read16(0xFC)).isEqualTo((short) 1);
    registers.write32(0x30, -1);
    assertThat(silicon.line().raised()).isFalse();
  }

  @Test
  void readsAllOnesOutsideTheWindowAndZeroInItsGaps() {
    assertThat(registers.read32(0x10000)).isEqualTo(-1);
    assertThat(registers.read32(-4)).isEqualTo(-1);
    assertThat(registers.read64(0xFFFC)).isEqualTo(0xFFFFFFFF_00000000L);
    assertThat(registers.read32(0x180)).isZero();
    registers.write32(0x4000, 1);
  }

  @Test
  void locksDescriptorSizeAndDirectCommandsWhileEnabled() {
    registers.write32(Q + 0x08, 0x101);
    registers.write32(Q + 0x08, 0x1001);
    assertThat(registers.read32(Q + 0x08)).isEqualTo(0x101);
    registers.write32(Q + 0x08, 0x1000);
    assertThat(registers.read32(Q + 0x08)).isEqualTo(0x1000);
  }

  @Test
  void makesTheClockStableAtOnce() {
    registers.write16(0x2C, (short) 0x0101);
    assertThat(registers.read16(0x2C)).isEqualTo((short) 0x0103);
    registers.write16(0x2C, (short) 0);
    assertThat(registers.read16(0x2C)).isZero();
  }

  @Test
  void returnsEverythingButCapabilitiesToResetValues() {
    registers.write32(0x34, -1);
    registers.write32(Q + 0x50, 0);
    registers.write32(Q + 0x08, 1);
    registers.write8(0x2F, (byte) 1);
    assertThat(registers.read8(0x2F)).as("reset is over").isZero();
    assertThat(registers.read32(0x34)).isZero();
    assertThat(registers.read32(Q + 0x08)).isZero();
    assertThat(registers.read32(Q + 0x50)).isEqualTo(0xFDF9A080);
    assertThat(registers.read32(Q + 0x104)).isEqualTo(0x8003FF00);
  }
}
