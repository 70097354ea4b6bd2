package dev.keyslot.fault;

import static dev.keyslot.testkit.BareDriver.Q;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.FaultyCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault of the catalogue, as a driver sees it, and that the queue recovers from it. */
class SiliconFaultsTest {

  private static final long SECTORS = 16384;

  private final HeapMedia heap = new HeapMedia(SECTORS * 512);
  private final List<String> log = new ArrayList<>();

  private Silicon withFaults(String text) {
    FaultPlan plan = FaultPlan.parse(text, 1, log::add);
    FaultyMedia media = new FaultyMedia(heap, plan);
    FaultyCard card = new FaultyCard(new EmmcCard(CardProfile.served(SECTORS), media), plan);
    ControllerConfig config = ControllerConfig.served(1).withFaults(plan);
    Silicon silicon = new Silicon(config, EngineConfig.served(), card);
    silicon.driver().enumerate();
    silicon.driver().enableQueue();
    silicon.driver().programKey(0, Patterns.ascending(0, 64), 0x80000008, 0x00010000);
    return silicon;
  }

  /** SDHCI error bits and CQHCI IS after an encrypted write of one data unit. */
  private static String outcomeOfAWrite(Silicon silicon) {
    BareDriver driver = silicon.driver();
    CqhciController registers = silicon.controller();
    driver.chain(0, 0, 4096);
    driver.task(0, false, 8, 8, BareDriver.crypto(0, 1), 0);
    driver.ring(1);
    for (int i = 0; i < 20; i++) {
      registers.doWork();
    }
    int queue = registers.read32(Q + 0x10);
    registers.write32(Q + 0x10, queue);
    return "%04x %02x".formatted(registers.read16(0x32) & 0xFFFF, queue);
  }

  @ParameterizedTest
  @CsvSource({
    "command-silent index 44 nth 1, 0001 00",
    "command-silent index 45 nth 1, 0001 00",
    "command-silent index 47 nth 1, 0001 00",
    "command-garbled index 44 nth 1, 0001 00",
    "command-crc index 47 nth 1, 0002 00",
    "command-index index 44 nth 1, 0008 00",
    "command-end-bit index 44 nth 1, 0004 00",
    "status-error index 47 nth 1, 0000 04",
    "write-crc index 0 nth 1, 0020 00",
    "data-timeout index 0 nth 1, 0010 00",
    "media-write-fails nth 1, 0000 04",
    "media-full nth 1, 0000 04",
    "crypto-general nth 1, 0000 10",
    "crypto-invalid nth 1, 0000 20",
    "dma-unmapped nth 2, 0200 00",
    "ready-spurious index 9 always, 0000 02",
    "ready-lost index 0 nth 1, 0000 02",
    "status-out-of-range index 44 nth 1, 0000 04",
    "status-misalign index 45 nth 1, 0000 04",
    "status-block-length index 44 nth 1, 0000 04",
    "status-erase-sequence index 44 nth 1, 0000 04",
    "status-erase-param index 44 nth 1, 0000 04",
    "status-write-protect index 47 nth 1, 0000 04",
    "status-lock-failed index 47 nth 1, 0000 04",
    "status-command-crc index 47 nth 1, 0000 04",
    "status-illegal index 47 nth 1, 0000 04",
    "status-ecc index 47 nth 1, 0000 04",
    "status-controller index 47 nth 1, 0000 04",
    "status-overwrite index 47 nth 1, 0000 04",
    "status-erase-skip index 47 nth 1, 0000 04",
    "switch-error index 47 nth 1, 0000 04",
    "urgent-bkops index 47 nth 1, 0000 02",
    "crypto-unit nth 1, 0000 10",
    "keyslot-cleared nth 1, 0000 20",
    "descriptor-invalid nth 1, 0200 00",
    "descriptor-length nth 1, 0200 00",
    "descriptor-loop nth 1, 0200 00",
    "completions-coalesced nth 1, 0000 02",
    "'status-error index 47 nth 1, error-info-invalid nth 1', 0000 04",
  })
  void showsTheFaultAsTheDatasheetSaysAndRecovers(String plan, String expected) {
    try (Silicon silicon = withFaults(plan)) {
      assertThat(outcomeOfAWrite(silicon)).as(plan).isEqualTo(expected);
      assertThat(log).isNotEmpty();
      if (!expected.endsWith("02")) {
        silicon.driver().recover();
        silicon.driver().programKey(0, Patterns.ascending(0, 64), 0x80000008, 0x00010000);
        silicon.driver().complete(1);
      }
      assertThat(heap.extent(8 * 512)).as("the write is there in the end").isPositive();
    }
  }

  @Test
  void neverSeesAnIgnoredDoorbellUntilTheQueueIsCleared() {
    try (Silicon silicon = withFaults("doorbell-ignored nth 1")) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0000 00");
      assertThat(silicon.controller().read32(Q + 0x28)).isEqualTo(1);
      silicon.driver().recover();
      silicon.driver().complete(1);
    }
  }

  @Test
  void completesWithoutAnInterruptWhenOneIsMissed() {
    try (Silicon silicon = withFaults("interrupt-missed nth 1")) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0000 00");
      assertThat(silicon.controller().read32(Q + 0x2C)).isEqualTo(1);
    }
  }

  /** Completions told too often or too early: which bits TCN shows in the end. */
  @ParameterizedTest
  @CsvSource({
    "completion-duplicate nth 1, 00000003",
    "completion-spurious nth 2, 20000003",
    "completion-early nth 1, 00000003",
  })
  void tellsMoreThanIsTrue(String plan, String expected) {
    try (Silicon silicon = withFaults(plan)) {
      BareDriver driver = silicon.driver();
      int shown = 0;
      for (int slot = 0; slot < 2; slot++) {
        driver.chain(slot, slot * 4096L, 4096);
        driver.task(slot, false, 8 + slot * 8L, 8, BareDriver.crypto(0, slot), 0);
        driver.ring(1 << slot);
        silicon.controller().doWork();
        shown |= silicon.controller().read32(Q + 0x2C);
      }
      assertThat(log).hasSize(1);
      // The spurious slot is any that is not in use: 31 of them, this one by the plan's seed.
      assertThat("%08x".formatted(shown)).isEqualTo(expected);
    }
  }

  @Test
  void tellsEarlyBeforeTheDataHasMoved() {
    try (Silicon silicon = withFaults("completion-early nth 1, media-unreadable nth 1")) {
      BareDriver driver = silicon.driver();
      driver.chain(0, 0, 4096);
      driver.task(0, true, 8, 8, BareDriver.crypto(0, 1), 0);
      driver.complete(1); // although the read behind it fails
      assertThat(log).hasSize(2);
    }
  }

  /** Twice the same write of zeros; what lies on the medium tells with which key. */
  @ParameterizedTest
  @CsvSource({"key-flipped nth 2, false", "crypto-wrong-key nth 2, true", "flush-lies nth 1, true"})
  void encryptsWithAnotherKeyAndSaysNothing(String plan, boolean onlyOnce) {
    try (Silicon silicon = withFaults(plan)) {
      BareDriver driver = silicon.driver();
      List<String> stored = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        driver.chain(0, 0, 4096);
        driver.task(0, false, 8, 8, BareDriver.crypto(0, 1), 0);
        driver.complete(1);
        byte[] bytes = new byte[16];
        heap.read(8 * 512, MemorySegment.ofArray(bytes));
        stored.add(HexFormat.of().formatHex(bytes));
      }
      boolean keys = !plan.startsWith("flush");
      assertThat(stored.get(1).equals(stored.get(0))).isEqualTo(!keys);
      assertThat(stored.get(2).equals(stored.get(0))).isEqualTo(onlyOnce);
    }
  }

  /** A task that is never ready: only discarding it helps. */
  @Test
  void neverShowsAStuckTaskAsReady() {
    try (Silicon silicon = withFaults("task-stuck nth 1")) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0000 00");
      silicon.driver().recover();
      silicon.driver().complete(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"card-reset index 44 nth 1", "power-drop index 44 nth 1"})
  void aCardThatForgotItsStateDoesNotAnswer(String plan) {
    try (Silicon silicon = withFaults(plan)) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0001 00");
    }
  }

  @Test
  void aControllerThatForgotItsStateIsAsAfterPowerUp() {
    try (Silicon silicon = withFaults("controller-reset index 45 nth 1")) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0000 00");
      assertThat(silicon.controller().read32(Q + 0x08)).as("CFG").isZero();
      assertThat(silicon.controller().read32(Q + 0x28)).as("TDBR").isZero();
    }
  }

  @Test
  void lostKeysRefuseTheTask() {
    try (Silicon silicon = withFaults("keys-lost index 45 nth 1")) {
      assertThat(outcomeOfAWrite(silicon)).isEqualTo("0000 20");
    }
  }

  @Test
  void aFlushThatHangsEndsWithAResetOfTheCard() {
    try (Silicon silicon = withFaults("flush-hangs nth 1")) {
      BareDriver driver = silicon.driver();
      driver.describe(31, 0x2F | 6L << 16 | 3L << 23 | 0x03200101L << 32, 0);
      driver.ring(1 << 31);
      for (int i = 0; i < 20; i++) {
        silicon.controller().doWork();
      }
      assertThat(silicon.controller().read32(Q + 0x28)).isEqualTo(1 << 31);
      silicon.controller().write8(0x2F, (byte) 1);
      driver.enumerate();
      assertThat(driver.status() & 0x1F00).as("ready, in transfer state").isEqualTo(0x0900);
    }
  }

  @Test
  void urgentBkopsShowsInExtCsd() {
    try (Silicon silicon = withFaults("urgent-bkops index 13 nth 8")) {
      BareDriver driver = silicon.driver();
      silicon.controller().write32(Q + 0x08, 0);
      silicon.controller().write32(0x34, -1);
      driver.switchByte(15, 0);
      while (log.isEmpty()) {
        driver.status();
      }
      byte[] register = driver.readByPort(8, 0, 1);
      assertThat(register[54]).as("EXCEPTION_EVENTS_STATUS").isEqualTo((byte) 1);
      assertThat(register[246]).as("BKOPS_STATUS").isEqualTo((byte) 3);
      assertThat(driver.readByPort(8, 0, 1)[54]).isZero();
    }
  }

  @Test
  void neverHaltsWhenHaltIsStuck() {
    try (Silicon silicon = withFaults("halt-stuck always")) {
      silicon.controller().write32(Q + 0x0C, 1);
      silicon.controller().doWork();
      assertThat(silicon.controller().read32(Q + 0x0C)).isZero();
    }
  }
}
