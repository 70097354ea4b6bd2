package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the public documents leave open, as we chose it: device-side reference 10; the table stands
 * in docs/cqhci.md.
 */
class OpenPointsTest {

  private static final int Q = BareDriver.Q;

  private final HeapMedia media = new HeapMedia(8 << 20);
  private Silicon silicon;
  private BareDriver driver;
  private CqhciController registers;

  @BeforeEach
  void bringUp() {
    // One task becomes ready at each look, so that a second one stays queued.
    silicon =
        new Silicon(
            ControllerConfig.faithful(HostIdentity.PLATFORM_64),
            EngineConfig.served(),
            new EmmcCard(CardProfile.faithful(16384, 7), media));
    driver = silicon.driver();
    registers = silicon.controller();
    driver.enumerate();
    driver.enableQueue();
  }

  @AfterEach
  void close() {
    silicon.close();
    media.close();
  }

  private void write(int slot, long upper) {
    driver.chain(slot, 0, 512);
    driver.task(slot, false, slot, 1, upper, 0);
  }

  /** Row 2: crypto parameters belong to Qualcomm's parts, PHY control to Arasan's. */
  @Test
  void hasNothingAt70And74() {
    registers.write64(Q + 0x70, -1L);
    assertThat(registers.read64(Q + 0x70)).isZero();
  }

  /** Row 3. */
  @Test
  void clearsTasksOnlyWhileHalted() {
    write(0, 0);
    driver.ring(1);
    registers.write32(Q + 0x0C, 0x100);
    registers.write32(Q + 0x38, 1);
    assertThat(registers.read32(Q + 0x0C)).as("CTL").isZero();
    assertThat(registers.read32(Q + 0x28)).as("TDBR").isEqualTo(1);
    assertThat(driver.awaitQueue()).as("TCC").isEqualTo(2);
  }

  /** Rows 3 and 10: older kernels clear and go on, newer ones toggle CFG.0 in between. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void recoversWithAndWithoutTogglingEnable(boolean toggle) {
    write(0, 0);
    driver.ring(1);
    registers.write32(Q + 0x14, 0x09);
    registers.write32(Q + 0x0C, 1);
    assertThat(registers.read32(Q + 0x0C)).as("an idle halt is seen at once").isEqualTo(1);
    registers.write32(Q + 0x0C, 0x101);
    assertThat(registers.read32(Q + 0x0C)).isEqualTo(1);
    assertThat(registers.read32(Q + 0x28)).isZero();
    assertThat(registers.read32(Q + 0x10)).as("HAC and TCL").isEqualTo(9);
    if (toggle) {
      int config = registers.read32(Q + 0x08);
      registers.write32(Q + 0x08, config & ~1);
      registers.write32(Q + 0x08, config);
    }
    registers.write32(Q + 0x10, 9);
    registers.write32(Q + 0x14, 0x36);
    registers.write32(Q + 0x0C, 0);
    driver.complete(1);
  }

  /**
   * Row 4: a task takes the key that its slot holds when it starts. Zeros under DUN 0, driver-side
   * reference 12.1 for key 00..3f; under key 01..40 python3-cryptography says the other line.
   */
  @Test
  void takesTheKeyAtTheStartOfExecution() {
    driver.programKey(3, Patterns.ascending(0, 64), 0x80000001, 0);
    write(0, BareDriver.crypto(3, 0));
    write(1, BareDriver.crypto(3, 0));
    driver.ring(1);
    driver.ring(2);
    while (Integer.bitCount(registers.read32(Q + 0x2C)) < 1) {
      registers.doWork();
    }
    int first = registers.read32(Q + 0x2C) - 1;
    driver.programKey(3, Patterns.ascending(1, 64), 0x80000001, 0);
    while (registers.read32(Q + 0x2C) != 3) {
      registers.doWork();
    }
    assertThat(firstBytes(first)).isEqualTo("cd6b103236fbd87dba93e9001e29bc3d");
    assertThat(firstBytes(1 - first)).isEqualTo("a5556647388845fd85a1e3d4bffdd8ba");
  }

  /**
   * Row 11: an Intel function stands in for the part whose direct commands and straps nobody
   * published. Its descriptors are 12 bytes apart, it has direct commands, and bit 0 of 78h.
   */
  @Test
  void looksLikeAnIntelFunctionOnPci() {
    try (HeapMedia other = new HeapMedia(8 << 20);
        Silicon pci =
            new Silicon(
                ControllerConfig.faithful(HostIdentity.PCI_INTEL),
                EngineConfig.faithful(),
                new EmmcCard(CardProfile.faithful(16384, 7), other))) {
      BareDriver bare = pci.driver();
      bare.enumerate();
      bare.enableQueue();
      bare.data().asSlice(0, 512).fill((byte) 1);
      bare.data().asSlice(512, 512).fill((byte) 2);
      bare.data().asSlice(1024, 512).fill((byte) 3);
      bare.chain(0, 0, 512, 512, 512);
      bare.task(0, false, 0, 3, 0, 0);
      bare.complete(1);
      assertThat(bare.direct(6, 0x03200101, 3, true)).as("R1 of the flush").isEqualTo(0x900);
      byte[] bytes = new byte[1536];
      other.read(0, MemorySegment.ofArray(bytes));
      assertThat(new byte[] {bytes[0], bytes[512], bytes[1024]}).containsExactly(1, 2, 3);
      pci.controller().write32(0x78, 1);
      assertThat(pci.controller().read32(0x78)).isEqualTo(1);
    }
  }

  private String firstBytes(int block) {
    driver.direct(6, 0x03200101, 3, true); // the card's cache holds it until a flush
    byte[] bytes = new byte[16];
    media.read(block * 512L, MemorySegment.ofArray(bytes));
    return HexFormat.of().formatHex(bytes);
  }
}
