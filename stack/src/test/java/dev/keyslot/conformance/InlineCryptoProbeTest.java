package dev.keyslot.conformance;

import static dev.keyslot.host.device.LifecycleStep.CRYPTO_FLAG_FINAL;
import static dev.keyslot.host.device.LifecycleStep.HOST_ADDED;
import static dev.keyslot.host.device.LifecycleStep.HOST_FREED;
import static dev.keyslot.host.device.LifecycleStep.INITIAL_STATE;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_DESTROYED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_INITIALISED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_REGISTERED;
import static dev.keyslot.host.device.LifecycleStep.KEYS_REPROGRAMMED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.PlainHostDriver;
import dev.keyslot.testkit.host.ScriptedCard;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * The rules about probe, crypto flag and reset, one test per rule; the table is in
 * docs/inline-encryption.md.
 */
class InlineCryptoProbeTest extends InlineCryptoRules {

  @Test
  void rule24AFlagWithoutManagerIsReportedAndReprogrammingIsHarmless() {
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          MmcHost host = MmcHost.alloc(device);
                          host.setOps(PlainHostDriver.NO_CARD);
                          host.setCaps2(MmcHost.CAP2_CRYPTO.mask32());
                          assertThat(host.cryptoInvariantHolds()).isFalse();
                          host.keyslots().reprogramAll();
                          host.add();
                        })))
        .isInstanceOf(ProbeException.class)
        .hasMessageContaining("crypto flag must be clear while keyslots are not initialised");
    assertThat(bench.window.queueWrites()).isEmpty();
  }

  @Test
  void rule25OnlyTheProbingThreadWritesTheFlag() throws ProbeException {
    bench.device.bind(
        new PlainHostDriver(
            device -> {
              MmcHost host = MmcHost.alloc(device);
              CompletableFuture<Void> elsewhere =
                  CompletableFuture.runAsync(
                      () -> host.setCaps2(MmcHost.CAP2_CRYPTO.mask32()),
                      command -> {
                        Thread thread = Thread.ofPlatform().unstarted(command);
                        thread.start();
                      });
              assertThatThrownBy(elsewhere::join)
                  .isInstanceOf(CompletionException.class)
                  .hasCauseInstanceOf(IllegalStateException.class);
              assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
            }));
  }

  @Test
  void rule26ExitFlagNotSetOnEntry() throws ProbeException {
    MmcHost host = bench.bind(false);
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
    assertAllZero(host.keyslots());
  }

  @Test
  void rule26ExitsWithoutMemory() throws ProbeException {
    for (String refused :
        List.of("cqhci crypto capabilities", "keyslot table", "keyslot manager")) {
      DriverBench failing = new DriverBench();
      int[] index = {0, -1};
      failing.onGrant(
          what -> {
            if (what.equals(refused)) {
              index[1] = index[0];
            }
            index[0]++;
          });
      failing.bind();
      failing.device.unbind();
      failing.trace.clear();
      failing.refuseAcquisition(index[1]);
      assertThatThrownBy(failing::bind)
          .as(refused)
          .isInstanceOfSatisfying(
              ProbeException.class,
              e -> assertThat(e.reason()).isEqualTo(ProbeException.Reason.NO_MEMORY));
      assertThat(failing.trace.steps())
          .as(refused)
          .contains(LifecycleStep.CRYPTO_FLAG_CLEARED)
          .doesNotContain(KEYSLOTS_REGISTERED, CRYPTO_FLAG_FINAL);
      failing.refuseAcquisition(-1);
      assertThat(failing.bind().has(MmcHost.CAP2_CRYPTO)).as("probing again").isTrue();
    }
  }

  @Test
  void rule26SuccessLeavesTheFlagSetAndTheManagerInitialised() throws ProbeException {
    MmcHost host = bench.bind();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
    assertThat(host.keyslots().initialised()).isTrue();
    assertThat(host.keyslots().numSlots()).isEqualTo(32);
    assertThat(host.keyslots().maxDunBytes()).isEqualTo(4);
  }

  @Test
  void rule27HardwareWithoutCryptoProbesWellAndServesPlainData() throws ProbeException {
    bench.window.set(ScriptedWindow.CQ + 0x04, 0x30C0);
    MmcHost host = bench.bind();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    DriverIo.Outcome plain = io.data(BlockOperation.READ, 0, 8, null, 0);
    bench.window.complete(0);
    host.queue().poll();
    assertThat(plain.status()).isEqualTo(BlockStatus.OK);
    DriverIo.Outcome encrypted =
        io.data(BlockOperation.WRITE, 0, 8, DriverIo.key(0, 4096, false), 0);
    assertThat(encrypted.status()).as("left to the fallback above").isEqualTo(BlockStatus.NOTSUPP);
  }

  @Test
  void rule28TheHooksNeverRunBeforeTheHostIsAdded() throws ProbeException {
    bench.bind();
    assertOrder(HOST_ADDED, INITIAL_STATE, KEYS_REPROGRAMMED, KEYSLOTS_REGISTERED);
  }

  @Test
  void rule29AThousandCyclesDestroyAThousandTimes() throws ProbeException {
    int regions = bench.dma.regionCount();
    for (int i = 0; i < 1000; i++) {
      bench.trace.clear();
      bench.bind();
      assertThat(bench.device.unbind()).isEmpty();
      assertThat(count(KEYSLOTS_INITIALISED)).isEqualTo(1);
      assertThat(count(KEYSLOTS_DESTROYED)).isEqualTo(1);
      assertThat(count(HOST_FREED)).isEqualTo(1);
    }
    assertThat(bench.dma.regionCount()).isEqualTo(regions);
    assertThat(bench.device.resourceCount()).isZero();
  }

  @Test
  void rule30KeysAreProgrammedAndEvictedWithoutACardOrAQueue() throws Exception {
    bench.card.present(false);
    MmcHost host = bench.bind();
    assertThat(bench.window.get(ScriptedWindow.CQ + 0x08) & 1).as("CFG.ENABLE").isZero();
    CryptoKey key = DriverIo.key(0, 4096, false);
    int slot = host.keyslots().tryAcquire(key);
    assertThat(bench.window.get(0x1200 + slot * 128 + 0x40)).isEqualTo(0x8000_0008);
    host.keyslots().release(slot);
    host.keyslots().evict(key);
    assertThat(bench.window.get(0x1200 + slot * 128 + 0x40)).isZero();
  }

  @Test
  void rule30QueueCyclesLeaveTheManagerAlone() throws Exception {
    MmcHost host = bench.bind();
    CryptoKey key = DriverIo.key(0, 4096, false);
    int slot = host.keyslots().tryAcquire(key);
    for (int i = 0; i < 3; i++) {
      host.suspend();
      host.resume();
    }
    assertThat(host.keyslots().tryAcquire(key)).isEqualTo(slot);
    assertThat(count(KEYSLOTS_INITIALISED)).isEqualTo(1);
  }

  @Test
  void rule32EveryRefusedAcquisitionLeavesNothingBehind() throws ProbeException {
    int acquisitions = acquisitionsOfAProbe();
    assertThat(acquisitions).isGreaterThan(6);
    for (int i = 0; i < acquisitions; i++) {
      DriverBench failing = new DriverBench();
      int regions = failing.dma.regionCount();
      List<MmcHost> hosts = failAt(failing, i);
      hosts.forEach(host -> assertThat(host.cryptoInvariantHolds()).isTrue());
      if (failing.device.bound()) {
        failing.device.unbind();
      }
      assertThat(failing.dma.regionCount()).as("acquisition %d", i).isEqualTo(regions);
      failing.refuseAcquisition(-1);
      assertThat(failing.bind().cardProblem()).as("acquisition %d, probed again", i).isNull();
    }
  }

  @Test
  void rule32ADeviceThatDiesAtAnyReadLeavesNothingBehind() throws ProbeException {
    DriverBench counting = new DriverBench();
    counting.bind();
    int reads = counting.window.reads();
    for (int i = 0; i < reads; i++) {
      DriverBench dying = new DriverBench();
      int regions = dying.dma.regionCount();
      dying.window.dieAfterReads(i);
      try {
        MmcHost host = dying.bind();
        assertThat(host.cryptoInvariantHolds()).as("read %d", i).isTrue();
        assertThat(dying.device.unbind()).as("read %d", i).isEmpty();
      } catch (ProbeException expected) {
        assertThat(dying.device.releaseFailures()).isEmpty();
      }
      assertThat(dying.device.resourceCount()).as("read %d", i).isZero();
      assertThat(dying.dma.regionCount()).as("read %d", i).isEqualTo(regions);
      dying.window.dieAfterReads(Integer.MAX_VALUE / 2);
      assertThat(dying.bind().cardProblem()).as("read %d, probed again", i).isNull();
    }
  }

  @Test
  void rule33AResetRestoresKeysInTheirSlotsBeforeAnyTask() throws Exception {
    MmcHost host = bench.bind();
    CryptoKey key = DriverIo.key(0, 4096, false);
    host.keyslots().tryAcquire(DriverIo.key(7, 4096, false));
    int slot = host.keyslots().tryAcquire(key);
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    io.data(BlockOperation.WRITE, 0, 8, key, 0);
    int config = 0x1200 + slot * 128 + 0x40;
    bench.window.onDoorbell(bits -> assertThat(bench.window.get(config)).isEqualTo(0x8000_0008));
    bench.window.forgetWrites();
    host.reset();
    host.queue().poll();
    assertThat(bench.window.queueWrites()).anyMatch(w -> w.offset() == 0x28);
    assertThat(bench.window.get(0x1200 + slot * 128)).as("first key word").isEqualTo(0x0302_0100);
  }

  @Test
  void rule34WithoutTheFlagTheHooksDoNothing() throws ProbeException {
    MmcHost host = bench.bind(false);
    host.reset();
    assertThat(host.queue().keyslotManager()).isNull();
    assertThat(count(KEYS_REPROGRAMMED)).isZero();
    assertThat(count(KEYSLOTS_REGISTERED)).isZero();
  }

  @Test
  void rule35AFailureAfterCryptoInitDestroysOnceThenFreesTheHost() throws ProbeException {
    int last = acquisitionsOfAProbe() - 1;
    // The last acquisition is the engine's descriptors, which only the card needs.
    bench.refuseAcquisition(last - 1);
    assertThatThrownBy(bench::bind).isInstanceOf(ProbeException.class);
    assertOrder(KEYSLOTS_INITIALISED, LifecycleStep.PROBE_FAILED, KEYSLOTS_DESTROYED, HOST_FREED);
    assertThat(count(KEYSLOTS_DESTROYED)).isEqualTo(1);
    assertThat(count(HOST_FREED)).isEqualTo(1);
    assertThat(count(HOST_ADDED)).isZero();
  }

  @Test
  void rule36TheFlagIsClearedInOnePlaceForEveryFailure() throws ProbeException {
    int acquisitions = acquisitionsOfAProbe();
    for (int i = 0; i < acquisitions; i++) {
      DriverBench failing = new DriverBench(new ScriptedCard(DriverBench.LARGE_SECTORS));
      failAt(failing, i);
      List<LifecycleStep> steps = failing.trace.steps();
      boolean cryptoFailed =
          steps.contains(LifecycleStep.CRYPTO_INIT_ENTER)
              && !steps.contains(LifecycleStep.CRYPTO_INIT_LEAVE);
      assertThat(steps.contains(LifecycleStep.CRYPTO_FLAG_CLEARED))
          .as("acquisition %d", i)
          .isEqualTo(cryptoFailed);
    }
  }
}
