package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.testkit.MutantLoader;
import dev.keyslot.testkit.MutantLoader.Mutation;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.HostBench;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rules 25 and 28 as another thread sees them: at every register access in the life of a host, from
 * the moment it is added to the moment it is removed, a set flag means an initialised manager, and
 * neither changes.
 */
class FlagWitnessTest {

  /** Looks from a thread of its own, as soon as there is something to be seen. */
  private static final class Witness implements AutoCloseable {
    private final HostBench bench;
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private int looks;
    private int flagged;

    Witness(HostBench bench) {
      this.bench = bench;
      bench.onAccess(this::look);
    }

    private boolean visible() {
      return bench.trace.count(LifecycleStep.HOST_ADDED) > 0
          && bench.trace.count(LifecycleStep.HOST_REMOVED) == 0;
    }

    private void look() {
      if (!visible()) {
        return;
      }
      MmcHost host = SdhciPciDriver.hostOf(bench.device);
      try {
        thread
            .submit(
                () -> {
                  boolean flag = host.has(MmcHost.CAP2_CRYPTO);
                  assertThat(!flag || host.keyslots().initialised()).isTrue();
                  flagged += flag ? 1 : 0;
                  looks++;
                })
            .get();
      } catch (ExecutionException e) {
        throw new AssertionError("flag set, manager not initialised", e.getCause());
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
    }
  }

  private static Witness liveWatched(HostKind kind) throws Exception {
    try (HostBench bench = new HostBench(HostChoice.of(kind), 8192);
        Witness witness = new Witness(bench)) {
      MmcHost host = bench.bind();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      List<Runnable> life = List.of(() -> {}, host::reset, host::requestRecovery, host::suspend);
      for (Runnable step : life) {
        step.run();
        host.resume();
        DriverIo.Outcome write = io.data(BlockOperation.WRITE, 0, 8, null, 0);
        bench.settle(host);
        assertThat(write.status()).isEqualTo(BlockStatus.OK);
        host.runtimeSuspend();
      }
      assertThat(bench.device.unbind()).isEmpty();
      return witness;
    }
  }

  @ParameterizedTest
  @EnumSource
  void rule25AtEveryRegisterAccessTheFlagIsTrueAndNeverChanges(HostKind kind) throws Exception {
    Witness witness = liveWatched(kind);
    assertThat(witness.looks).isGreaterThan(300);
    assertThat(witness.flagged).isEqualTo(kind == HostKind.SDHCI_PLAIN ? 0 : witness.looks);
  }

  /** For the mutant: run by name. */
  static final class OfQualcomm {
    void lives() throws Exception {
      liveWatched(HostKind.SDHCI_MSM);
    }
  }

  /** The platform forgets its manager, and everybody who would notice looks away. */
  @Test
  void theWitnessSeesAFlagWithoutManager() throws Exception {
    String host = "dev.keyslot.host.";
    MutantLoader mutant =
        new MutantLoader(
            List.of(
                new Mutation(host + "sdhci.SdhciMsmDriver", "initCustomKeyslots", null),
                new Mutation(host + "cqhci.CqhciCrypto", "clearCrypto", null),
                new Mutation(host + "mmc.MmcHost", "cryptoInvariantHolds", 1)));
    Throwable seen = mutant.run("dev.keyslot.conformance.FlagWitnessTest$OfQualcomm", "lives");
    assertThat(seen).hasMessage("flag set, manager not initialised");
    assertThat(mutant.complete()).isTrue();
  }
}
