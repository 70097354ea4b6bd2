package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.QuietLogs;
import dev.keyslot.testkit.host.HostBench;
import dev.keyslot.testkit.host.HostBench.ReadFault;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rule 32 on every kind of host and its real silicon: one fault at each acquisition and at each
 * register read of the probe, one at a time. Afterwards a set flag means an initialised manager,
 * nothing is left behind, and probing again succeeds.
 */
class ProbeFaultsTest {

  private static final long SECTORS = 8192;

  /** Each fault is logged as it should be; some ten thousand lines would hide everything else. */
  private static QuietLogs logs;

  @BeforeAll
  static void quiet() {
    logs = QuietLogs.of("dev.keyslot.host");
  }

  @AfterAll
  static void loud() {
    logs.close();
  }

  /** A bench with what a probe of this host is like when nothing goes wrong. */
  private static final class Trial implements AutoCloseable {
    final HostBench bench;
    final boolean encrypts;
    final int acquisitions;
    final int reads;
    final int regions;

    Trial(HostKind kind) throws ProbeException {
      bench = new HostBench(HostChoice.of(kind), SECTORS);
      regions = bench.dma.regionCount();
      bench.refuseAcquisition(-1);
      bench.failRead(-1, ReadFault.GLITCH);
      MmcHost host = bench.bind();
      acquisitions = bench.acquisitions();
      reads = bench.reads();
      encrypts = host.has(MmcHost.CAP2_CRYPTO);
      assertThat(host.cardProblem()).isNull();
      assertThat(bench.device.unbind()).isEmpty();
    }

    /** Probes with whatever fault was armed, looks at what is left, and probes again without. */
    void run(String what) throws ProbeException {
      bench.trace.clear();
      try {
        MmcHost host = bench.bind();
        assertThat(host.cryptoInvariantHolds()).as("flag means initialised: %s", what).isTrue();
        bench.failRead(-1, ReadFault.GLITCH);
        assertThat(bench.device.unbind()).as(what).isEmpty();
        assertThat(host.keyslots().initialised()).as(what).isFalse();
      } catch (ProbeException expected) {
        assertThat(bench.device.releaseFailures()).as(what).isEmpty();
      }
      assertThat(bench.device.resourceCount()).as("resources: %s", what).isZero();
      assertThat(bench.dma.regionCount()).as("mapped regions: %s", what).isEqualTo(regions);
      List<LifecycleStep> steps = bench.trace.steps();
      assertThat(count(steps, LifecycleStep.KEYSLOTS_DESTROYED))
          .as("managers destroyed: %s", what)
          .isEqualTo(count(steps, LifecycleStep.KEYSLOTS_INITIALISED));
      assertThat(count(steps, LifecycleStep.HOST_FREED))
          .as("hosts freed: %s", what)
          .isEqualTo(count(steps, LifecycleStep.HOST_ALLOCATED));
      bench.refuseAcquisition(-1);
      bench.failRead(-1, ReadFault.GLITCH);
      MmcHost again = bench.bind();
      assertThat(again.cardProblem()).as("probed again: %s", what).isNull();
      assertThat(again.has(MmcHost.CAP2_CRYPTO)).as("probed again: %s", what).isEqualTo(encrypts);
      assertThat(bench.device.unbind()).as("probed again: %s", what).isEmpty();
    }

    private static long count(List<LifecycleStep> steps, LifecycleStep step) {
      return steps.stream().filter(s -> s == step).count();
    }

    @Override
    public void close() {
      bench.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void rule32EveryRefusedAcquisitionOfEveryHost(HostKind kind) throws ProbeException {
    try (Trial trial = new Trial(kind)) {
      assertThat(trial.acquisitions).isGreaterThan(6);
      for (int i = 0; i < trial.acquisitions; i++) {
        trial.bench.refuseAcquisition(i);
        trial.run("acquisition " + i);
      }
    }
  }

  static List<Arguments> hostsAndFaults() {
    return List.of(HostKind.values()).stream()
        .flatMap(
            kind -> List.of(ReadFault.values()).stream().map(fault -> Arguments.of(kind, fault)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("hostsAndFaults")
  void rule32EveryRegisterReadOfEveryHost(HostKind kind, ReadFault fault) throws ProbeException {
    try (Trial trial = new Trial(kind)) {
      assertThat(trial.reads).isGreaterThan(100);
      for (int i = 0; i < trial.reads; i++) {
        trial.bench.failRead(i, fault);
        trial.run("read " + i);
      }
    }
  }
}
