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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
  })
  void showsTheFaultAsTheDatasheetSaysAndRecovers(String plan, String expected) {
    try (Silicon silicon = withFaults(plan)) {
      assertThat(outcomeOfAWrite(silicon)).as(plan).isEqualTo(expected);
      assertThat(log).isNotEmpty();
      if (!expected.endsWith("02")) {
        silicon.driver().recover();
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

  @Test
  void neverHaltsWhenHaltIsStuck() {
    try (Silicon silicon = withFaults("halt-stuck always")) {
      silicon.controller().write32(Q + 0x0C, 1);
      silicon.controller().doWork();
      assertThat(silicon.controller().read32(Q + 0x0C)).isZero();
    }
  }
}
