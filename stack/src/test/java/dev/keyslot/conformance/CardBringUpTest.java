package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.ScriptedCard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command sequence from power-up to a running queue, typed by hand from the eMMC standard. */
class CardBringUpTest {

  @Test
  void bringsALargeCardToTransferStateWithCacheAndQueue() throws ProbeException {
    DriverBench bench = new DriverBench();
    MmcHost host = bench.bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(bench.card.commands())
        .containsExactly(
            "CMD0 00000000",
            "CMD1 00000000", // inquiry
            "CMD0 00000000",
            "CMD1 40ff8080", // all voltages, sector mode offered
            "CMD2 00000000",
            "CMD3 00010000", // RCA 1
            "CMD9 00010000",
            "CMD7 00010000",
            "CMD8 00000000",
            "CMD6 03af0101", // ERASE_GROUP_DEF = 1
            "CMD13 00010000",
            "CMD6 03220101", // POWER_OFF_NOTIFICATION = 1
            "CMD13 00010000",
            "CMD6 03b90101", // HS_TIMING = 1
            "CMD13 00010000",
            "CMD6 03b70201", // BUS_WIDTH = 2, eight lines
            "CMD13 00010000",
            "CMD8 00000000", // compared over the wide bus
            "CMD6 03a10101", // HPI_MGMT = 1
            "CMD13 00010000",
            "CMD6 03380401", // EXCEPTION_EVENTS_CTRL: tell when the medium is full
            "CMD13 00010000",
            "CMD6 03210101", // CACHE_CTRL = 1
            "CMD13 00010000",
            "CMD6 030f0101", // CMDQ_MODE_EN = 1
            "CMD13 00010000");
    assertThat(host.card().sectorAddressed()).isTrue();
    assertThat(host.card().cid()).startsWith("aa014a454d4d43353110deadbeefbd");
    assertThat(host.card().name()).isEqualTo("EMMC51 0xdeadbeef");
    assertThat(host.queue().limits().capacitySectors()).isEqualTo(DriverBench.LARGE_SECTORS);
    assertThat(host.queue().limits().queueDepth()).isEqualTo(31);
  }

  /**
   * DDR50 in the second capability word, no SDR104: high speed, the wide bus, then BUS_WIDTH again
   * for double data rate; 3Eh gets UHS mode 4.
   */
  @ParameterizedTest
  @CsvSource({
    "556cc881, CMD6 03b70201, CMD6 03b70601, 000c", // eight lines, 1.8 V
    "5568c881, CMD6 03b70101, CMD6 03b70501, 000c", // four lines
    "516cc881, CMD6 03b70201, CMD6 03b70601, 0004", // 3.3 V alone: signalling stays there
  })
  void choosesDoubleDataRateWhereThereIsNoHs200(
      String capabilities, String wide, String doubled, String control) throws ProbeException {
    DriverBench bench = new DriverBench();
    bench.window.set(0x40, Integer.parseUnsignedInt(capabilities, 16));
    bench.window.set(0x44, 0x4);
    assertThat(bench.bind().cardProblem()).isNull();
    assertThat(bench.card.commands())
        .containsSubsequence(
            "CMD6 03b90101", // HS_TIMING = 1
            "CMD13 00010000",
            wide,
            "CMD13 00010000",
            "CMD8 00000000",
            doubled,
            "CMD13 00010000",
            "CMD6 03a10101") // HPI_MGMT = 1
        .doesNotContain("CMD21 00000000");
    assertThat(bench.window.get(0x3C) >>> 16).isEqualTo(Integer.parseInt(control, 16));
  }

  /** DEVICE_TYPE 03h: neither HS200 nor DDR52. */
  @Test
  void leavesACardWithoutDoubleDataRateInHighSpeed() throws ProbeException {
    DriverBench bench =
        new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(196, 0x03));
    bench.window.set(0x44, 0x7);
    assertThat(bench.bind().cardProblem()).isNull();
    assertThat(bench.card.commands())
        .contains("CMD6 03b90101", "CMD6 03b70201")
        .doesNotContain("CMD6 03b70601", "CMD6 03b90201");
    assertThat(bench.window.get(0x3C) >>> 16).as("UHS mode 1, 3.3 V").isEqualTo(1);
  }

  @Test
  void bringsASmallCardUpInByteMode() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(2L << 20));
    MmcHost host = bench.bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.card().sectorAddressed()).isFalse();
  }

  @Test
  void asksAgainUntilTheCardHasPoweredUp() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).busyReplies(3));
    MmcHost host = bench.bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(bench.card.commands()).filteredOn(c -> c.equals("CMD1 40ff8080")).hasSize(4);
  }

  @Test
  void givesUpOnACardThatNeverPowersUp() throws ProbeException {
    DriverBench bench =
        new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).busyReplies(1_000_000));
    MmcHost host = bench.bind();
    assertThat(host.queue()).isNull();
    assertThat(host.cardProblem()).contains("card must power up within 1 s");
  }

  @Test
  void refusesACardWhoseSizeContradictsItsAddressMode() throws ProbeException {
    DriverBench bench =
        new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).ocr(0x80FF_8080));
    assertThat(bench.bind().cardProblem())
        .contains("must agree with OCR bit 30")
        .contains("SEC_COUNT=8388608");
  }

  @Test
  void refusesACardOfAnUnknownRevision() throws ProbeException {
    DriverBench bench =
        new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(192, 99));
    assertThat(bench.bind().cardProblem()).contains("EXT_CSD_REV must be in [5, 8]: 99");
  }

  @Test
  void servesACardWithoutCommandQueueOneCommandAtATime() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(308, 0));
    MmcHost host = bench.bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.card().queueOn()).isFalse();
    assertThat(bench.card.commands()).doesNotContain("CMD6 030f0101");
    assertThat(host.queue().keyslotManager()).as("this path cannot encrypt").isNull();
  }

  @Test
  void refusesACardThatRejectsASwitch() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).status(0x980));
    assertThat(bench.bind().cardProblem()).contains("SWITCH");
  }

  @Test
  void addsTheHostWithoutACardThatDoesNotAnswer() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).present(false));
    MmcHost host = bench.bind();
    assertThat(host.queue()).isNull();
    assertThat(host.cardProblem()).contains("card must answer").contains("CMD1");
  }

  @Test
  void leavesTheCacheOffWhereThereIsNone() throws ProbeException {
    DriverBench bench = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS).extCsd(250, 0));
    MmcHost host = bench.bind();
    assertThat(host.card().cacheOn()).isFalse();
    assertThat(bench.card.commands()).doesNotContain("CMD6 03210101");
  }
}
