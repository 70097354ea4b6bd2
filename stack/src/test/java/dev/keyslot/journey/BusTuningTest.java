package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.host.HostBench;
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
