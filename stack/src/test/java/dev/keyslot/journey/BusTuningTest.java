package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.HostBench;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The timing that host and card agree on, and when its sampling point is looked for again. */
class BusTuningTest {

  /** HOST_CONTROL_2, 3Eh: bits 2:0 are 3 for HS200 and 5 for HS400, bit 7 is "tuned". */
  @ParameterizedTest
  @EnumSource
  void hostsRunTheFastestTimingTheyShareWithTheCard(HostKind kind) throws Exception {
    try (HostBench bench = new HostBench(HostChoice.of(kind), 8192)) {
      MmcHost host = bench.bind();
      assertThat(host.cardProblem()).isNull();
      int control = bench.controller.read16(0x3E);
      assertThat(control & 7).isEqualTo(kind == HostKind.SDHCI_MSM ? 5 : 3);
      assertThat(control >> 7 & 1).as("tuned").isEqualTo(1);
    }
  }

  /**
   * A controller without SDR104, bit 1 of 44h, has no HS200: DDR52 is next, by bit 2. The card is
   * in high speed with BUS_WIDTH 6; the host has mode 4 and 1.8 V in 3Eh, eight lines and high
   * speed in 28h. After a reset and a sleep the same again.
   */
  @ParameterizedTest
  @EnumSource
  void hostsWithoutHs200RunDoubleDataRate(HostKind kind) throws Exception {
    try (HostBench bench = new HostBench(HostChoice.of(kind), 8192)) {
      bench.hideCapabilities(0x02);
      MmcHost host = bench.bind();
      List<Runnable> disturbances = List.of(() -> {}, host::reset, host::suspend);
      for (Runnable disturbance : disturbances) {
        disturbance.run();
        host.resume();
        assertThat(host.cardProblem()).isNull();
        assertThat(bench.card.toString()).contains("busWidth=6, timing=1");
        assertThat(bench.controller.read16(0x3E) & 0xF).isEqualTo(0xC);
        assertThat(bench.controller.read8(0x28) & 0x26).isEqualTo(0x24);
      }
      assertThat(bench.trace.events().toString()).contains("bus set", "mmc0 DDR52 x8");
      boolean inline = host.has(MmcHost.CAP2_CRYPTO);
      CryptoKey key = inline ? DriverIo.key(0, 4096, false) : null;
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      bench.memory.fill((byte) 0);
      DriverIo.Outcome write = io.data(BlockOperation.WRITE, 0, 8, key, 1);
      bench.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.OK);
      byte[] stored = new byte[16];
      bench.media.read(0, MemorySegment.ofArray(stored));
      // Driver-side reference, 12.1: key 00..3f, number 1, 4096 zero bytes.
      assertThat(HexFormat.of().formatHex(stored))
          .isEqualTo(inline ? "0c22ed7e2168a8500b30154c2ec00d26" : "0".repeat(32));
    }
  }

  @ParameterizedTest
  @EnumSource
  void hostsWithoutEitherRunHighSpeed(HostKind kind) throws Exception {
    try (HostBench bench = new HostBench(HostChoice.of(kind), 8192)) {
      bench.hideCapabilities(0x06);
      assertThat(bench.bind().cardProblem()).isNull();
      assertThat(bench.card.toString()).contains("busWidth=2, timing=1");
      assertThat(bench.controller.read16(0x3E) & 0xF).isEqualTo(1);
    }
  }

  private static long retunings(HostKind kind, String plan) throws Exception {
    try (HeapMedia media = new HeapMedia(1 << 20);
        SteppedStack stack =
            SteppedStack.disturbed(
                media,
                4096,
                HostChoice.of(kind),
                config -> config,
                Disturbance.of(plan, 0, 1, line -> {}))) {
      var read =
          new ExportRequest().start(Kind.READ, 0, 4096).data(stack.buffer(0).asSlice(0, 4096));
      assertThat(stack.runOne(read)).isEqualTo(NbdError.OK);
      int control = stack.machine().host().card() == null ? 0 : 1;
      assertThat(control).as("the card is still in service").isEqualTo(1);
      return stack.machine().trace().count(LifecycleStep.RETUNED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCrcErrorTunesTheBusAgainAndNothingElseDoes(HostKind kind) throws Exception {
    assertThat(retunings(kind, "read-crc nth 1")).isEqualTo(1);
    assertThat(retunings(kind, "read-crc first 2")).isEqualTo(2);
    assertThat(retunings(kind, "data-timeout nth 1")).isZero();
  }
}
