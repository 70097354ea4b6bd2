package dev.keyslot.model.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.ForwardingMedia;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A host that frees memory under the device gets a DMA error, as for an address nobody mapped. */
class MemoryGoneTest {

  private static final int Q = BareDriver.Q;
  private static final int ADMA = 0x02000000;
  private static final int BYTES = 256 * 1024;

  /** A medium that frees the host's memory while it writes. */
  private static final class Thief extends ForwardingMedia {

    /** Null: leaves memory alone. */
    private Arena victim;

    private Thief() {
      super(new HeapMedia(8 << 20));
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      if (victim != null) {
        victim.close();
        victim = null;
      }
      return super.write(offsetBytes, from);
    }
  }

  private final Thief media = new Thief();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory = arena.allocate(BYTES, 4096);
  private Silicon silicon;
  private BareDriver driver;
  private CqhciController registers;
  private long bus;

  @BeforeEach
  void bringUp() {
    silicon = Silicon.served(media);
    driver = silicon.driver();
    registers = silicon.controller();
    driver.enumerate();
    driver.enableQueue();
    driver.programKey(1, new byte[64], 0x80000001, 0);
    bus = silicon.dma().map(memory);
  }

  @AfterEach
  void close() {
    silicon.close();
    media.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /** Chain of 64 KiB pieces at the start of the driver's memory, over the memory that goes. */
  private void chainOverVictim(int bytes) {
    for (int i = 0; i * 65536 < bytes; i++) {
      boolean last = (i + 1) * 65536 >= bytes;
      driver.data().set(ValueLayout.JAVA_INT_UNALIGNED, i * 16L, last ? 0x23 : 0x21);
      driver.data().set(ValueLayout.JAVA_LONG_UNALIGNED, i * 16L + 4, bus + i * 65536L);
    }
    driver.list().set(ValueLayout.JAVA_LONG_UNALIGNED, 16, 0x31);
    driver.list().set(ValueLayout.JAVA_LONG_UNALIGNED, 20, driver.dataBus());
  }

  private void assertAdmaError() {
    driver.ring(1);
    driver.awaitQueue();
    assertThat(registers.read32(0x30) & 0xFFFF0000).isEqualTo(ADMA);
    assertThat(registers.read32(Q + 0x54) >>> 31).as("data error in TERRI").isEqualTo(1);
  }

  @Test
  void dataFreedBeforeTheTask() {
    chainOverVictim(65536);
    arena.close();
    driver.task(0, false, 0, 128, 0, 0);
    assertAdmaError();
  }

  @Test
  void dataFreedInTheMiddleOfAnEncryptedTask() {
    chainOverVictim(BYTES);
    media.victim = arena;
    driver.task(0, false, 0, BYTES / 512, BareDriver.crypto(1, 0), 0);
    assertAdmaError();
  }

  @Test
  void dataOfAReadFreed() {
    chainOverVictim(65536);
    arena.close();
    driver.task(0, true, 0, 128, BareDriver.crypto(1, 0), 0);
    assertAdmaError();
  }

  @Test
  void descriptorsFreed() {
    chainOverVictim(65536);
    driver.list().set(ValueLayout.JAVA_LONG_UNALIGNED, 20, bus);
    arena.close();
    driver.task(0, true, 0, 128, 0, 0);
    assertAdmaError();
  }

  @Test
  void theTaskListFreed() {
    registers.write32(Q + 0x20, (int) bus);
    registers.write32(Q + 0x24, (int) (bus >>> 32));
    arena.close();
    driver.ring(1);
    assertThat(driver.awaitQueue()).as("RED").isEqualTo(4);
    assertThat(registers.read32(Q + 0x3C)).as("TDPE").isEqualTo(1);
  }

  /** SDMA (whose register is too short for the address) and ADMA2, outside the queue. */
  @ParameterizedTest
  @ValueSource(ints = {0x00, 0x18})
  void memoryOfACommandFreed(int select) {
    registers.write32(Q + 0x08, 0);
    registers.write32(0x34, -1);
    driver.switchByte(15, 0);
    memory.set(ValueLayout.JAVA_INT_UNALIGNED, 0, 512 << 16 | 0x23);
    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 4, bus);
    arena.close();
    registers.write8(0x28, (byte) select);
    registers.write32(0x30, -1);
    registers.write16(0x04, (short) 512);
    registers.write32(0x00, (int) bus);
    registers.write64(0x58, bus);
    registers.write32(0x08, 0);
    registers.write32(0x0C, (17 << 8 | 0x3A) << 16 | 0x11);
    while (registers.doWork() != 0) {
      // until the hardware has nothing left to do
    }
    assertThat(registers.read32(0x30) & 0xFFFF0000).isEqualTo(ADMA);
  }

  @Test
  void memoryThatCannotBeWrittenIsNotMapped() {
    DmaSpace space = new DmaSpace();
    assertThatThrownBy(() -> space.map(memory.asReadOnly()))
        .hasMessageStartingWith("only native memory that can be written can be mapped");
  }
}
