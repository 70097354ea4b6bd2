package dev.keyslot.host.mmc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.testkit.QuietLogs;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.HostBench;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A thread saw the driver before it was paused and reaches the engine late: at each register access
 * of a reset and of a sleep, one at a time. It must not start an engine that is off because
 * commands are being sent: they would never end, and the card would count as lost.
 */
class EngineStartRaceTest {

  private static final int SLOT = 30;

  /** A reset's own limits are 3.2 s; one command that is never told of its end waits 10 s. */
  private static final long MILLIS_MAX = 3_200;

  private static QuietLogs logs;

  @BeforeAll
  static void quiet() {
    logs = QuietLogs.of("dev.keyslot.host");
  }

  @AfterAll
  static void loud() {
    logs.close();
  }

  /** One host, one late thread. */
  private static final class Trial implements AutoCloseable {
    private final HostBench bench;
    private final ExecutorService late = Executors.newSingleThreadExecutor();
    private final MmcHost host;
    private final MmcRequest request;
    private int started;
    private int ended;
    private int accesses;

    Trial(HostKind kind) throws Exception {
      bench = new HostBench(HostChoice.of(kind), 8192);
      host = bench.bind();
      MmcBlockDriver driver = (MmcBlockDriver) host.driver();
      request = new MmcRequest(SLOT, this::ended, driver::open);
    }

    private void ended(MmcRequest done) {
      ended++;
    }

    /** What the late thread does: a read, its doorbell, and whatever comes of it. */
    private void come() {
      request.setData(false, 0, 8).add(bench.memory.asSlice(0, 4096));
      if (host.cqeOps().request(request) == CqeOps.Start.STARTED) {
        started++;
        host.ops().commit();
      }
      for (int i = 0; i < 8; i++) {
        bench.controller.doWork();
        host.serviceInterrupt();
      }
    }

    /** Does {@code disturbance} with the late thread at its access {@code at}; how many it has. */
    int run(Runnable disturbance, int at) throws Exception {
      Future<?>[] coming = new Future<?>[1];
      accesses = 0;
      started = 0;
      ended = 0;
      bench.onAccess(
          () -> {
            if (accesses++ == at) {
              bench.onAccess(() -> accesses++);
              coming[0] = late.submit(this::come);
              awaitUnlessLocked(coming[0]);
            }
          });
      long start = bench.time.nanoTime();
      disturbance.run();
      int seen = accesses;
      bench.onAccess(() -> {});
      if (coming[0] != null) {
        coming[0].get(60, TimeUnit.SECONDS);
      }
      bench.settle(host);
      long millis = TimeUnit.NANOSECONDS.toMillis(bench.time.nanoTime() - start);
      assertThat(host.cardProblem()).as("access %d", at).isNull();
      assertThat(ended).as("ends as often as it is started: access %d", at).isEqualTo(started);
      assertThat(millis).as("virtual time: access %d", at).isLessThan(MILLIS_MAX);
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      DriverIo.Outcome write = io.data(BlockOperation.WRITE, 0, 8, null, 0);
      bench.settle(host);
      assertThat(write.status()).as("serves again: access %d", at).isEqualTo(BlockStatus.OK);
      return seen;
    }

    /** The other one may need a lock that this access is made under. */
    private static void awaitUnlessLocked(Future<?> coming) {
      try {
        coming.get(3, TimeUnit.MILLISECONDS);
      } catch (TimeoutException locked) {
        return;
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void close() {
      late.shutdownNow();
      bench.close();
    }
  }

  private static void everyAccess(Trial trial, Runnable disturbance) throws Exception {
    int accesses = trial.run(disturbance, -1);
    assertThat(accesses).isGreaterThan(20);
    for (int i = 0; i < accesses; i++) {
      trial.run(disturbance, i);
    }
  }

  /** The card lost its state: what the late thread starts fails. */
  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void aResetIsNotDisturbed(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      everyAccess(
          trial,
          () -> {
            trial.bench.card.reset();
            trial.host.reset();
          });
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void aSleepIsNotDisturbed(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      everyAccess(
          trial,
          () -> {
            trial.host.suspend();
            trial.host.resume();
          });
    }
  }

  /** Nothing is paused in a recovery, but what comes in between is not told of its end there. */
  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void aRecoveryIsNotDisturbed(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      everyAccess(
          trial,
          () -> {
            trial.host.requestRecovery();
            trial.host.handleEvents();
          });
    }
  }

  /** Tuning sends commands, from HS400 down to HS200 and back again. */
  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void aRetuningIsNotDisturbed(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      everyAccess(
          trial,
          () -> {
            trial.host.tuningSuspect();
            trial.host.requestRecovery();
            trial.host.handleEvents();
          });
      assertThat(trial.bench.trace.count(LifecycleStep.RETUNED)).isGreaterThan(20);
    }
  }

  /** The clock stops only if nothing came in between; what did ends, or waits and wakes it. */
  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void aDozeIsNotDisturbed(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      int accesses = trial.run(trial.host::runtimeSuspend, -1);
      assertThat(accesses).isPositive();
      for (int i = 0; i < accesses; i++) {
        trial.run(trial.host::runtimeSuspend, i);
      }
    }
  }

  /** Nobody recovered the engine before it was switched off: commands end all the same. */
  @ParameterizedTest
  @EnumSource(names = {"SDHCI_PCI", "SDHCI_MSM", "INLINE_KEYS"})
  void anEngineThatFailedIsLeftForCommands(HostKind kind) throws Exception {
    try (Trial trial = new Trial(kind)) {
      trial.bench.card.reset();
      trial.come();
      assertThat(trial.ended).as("failed, and waits for its recovery").isZero();
      trial.host.cqeOps().disable();
      assertThat(trial.ended).isEqualTo(1);
      MmcCommand idle = new MmcCommand().set(EmmcCommand.GO_IDLE_STATE, 0);
      long start = trial.bench.time.nanoTime();
      trial.host.ops().request(idle);
      assertThat(trial.bench.time.nanoTime() - start).isLessThan(1_000_000_000L);
    }
  }

  /** It knew the driver of the card that was there before. */
  @Test
  void aLateRequestNeverReachesAnotherCard() throws Exception {
    DriverBench bench = new DriverBench();
    MmcHost host = bench.bind();
    MmcBlockDriver old = (MmcBlockDriver) host.driver();
    bench.card.present(false);
    bench.window.set(0x24, 0x01F0_00F0);
    host.detect();
    bench.card.cid("aa014a454d4d43353110cafecafebd01").present(true);
    bench.window.set(0x24, 0x01FF_00F0);
    host.detect();
    assertThat(host.driver()).isNotSameAs(old);
    MmcRequest late = new MmcRequest(SLOT, done -> {}, old::open);
    late.setData(true, 0, 8).add(bench.memory.asSlice(0, 4096));
    assertThat(host.cqeOps().request(late)).isEqualTo(CqeOps.Start.BUSY);
    bench.window.forgetWrites();
    host.ops().commit();
    assertThat(bench.window.queueWrites()).as("no doorbell").isEmpty();
  }

  /** It asked for a hole just after everything that waited had been failed. */
  @Test
  void aLateDirectCommandFailsWithoutItsCard() throws Exception {
    MmcHost host = new DriverBench().bind();
    MmcBlockDriver driver = new MmcBlockDriver(host, host.card());
    driver.cardGone();
    DirectCommands direct = new DirectCommands(driver, MmcBlockDriver.DIRECT_SLOT);
    int query = direct.enqueueQuery(0);
    assertThat(direct.queryDone(query)).isFalse();
    assertThat(direct.kick()).isEqualTo(1);
    assertThat(direct.queryDone(query)).isTrue();
    assertThat(direct.finishQuery(query, new int[1])).isEqualTo(MmcError.GONE);
  }
}
