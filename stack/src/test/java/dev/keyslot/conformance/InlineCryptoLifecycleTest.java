package dev.keyslot.conformance;

import static dev.keyslot.host.device.LifecycleStep.CRYPTO_FLAG_FINAL;
import static dev.keyslot.host.device.LifecycleStep.HOST_ADDED;
import static dev.keyslot.host.device.LifecycleStep.HOST_ALLOCATED;
import static dev.keyslot.host.device.LifecycleStep.HOST_FREED;
import static dev.keyslot.host.device.LifecycleStep.HOST_REMOVED;
import static dev.keyslot.host.device.LifecycleStep.INITIAL_STATE;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_DESTROYED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_INITIALISED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_REGISTERED;
import static dev.keyslot.host.device.LifecycleStep.KEYS_REPROGRAMMED;
import static dev.keyslot.host.device.LifecycleStep.REMOVE_LEAVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.integrity.T10Dif;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.CqeOps;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.PlainHostDriver;
import dev.keyslot.testkit.host.ScriptedCard;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/**
 * The rules for the life of the keyslot manager inside its host, one test per rule; the table is in
 * docs/inline-encryption.md.
 */
class InlineCryptoLifecycleTest {

  private final DriverBench bench = new DriverBench();

  private int indexOf(LifecycleStep step) {
    return bench.trace.steps().indexOf(step);
  }

  private long count(LifecycleStep step) {
    return bench.trace.steps().stream().filter(s -> s == step).count();
  }

  private void assertOrder(LifecycleStep... steps) {
    for (int i = 1; i < steps.length; i++) {
      assertThat(indexOf(steps[i - 1])).as("%s happened", steps[i - 1]).isNotNegative();
      assertThat(indexOf(steps[i]))
          .as("%s after %s", steps[i], steps[i - 1])
          .isGreaterThan(indexOf(steps[i - 1]));
    }
  }

  private static void assertAllZero(KeyslotManager keyslots) {
    assertThat(keyslots.initialised()).isFalse();
    assertThat(keyslots.numSlots()).isZero();
    assertThat(keyslots.maxDunBytes()).isZero();
    for (CryptoMode mode : CryptoMode.values()) {
      assertThat(keyslots.dataUnitMask(mode)).as("%s", mode).isZero();
    }
  }

  private static List<String> methodNames(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(m -> Modifier.isPublic(m.getModifiers()) && !m.isSynthetic())
        .map(Method::getName)
        .sorted()
        .toList();
  }

  @Test
  void rule01TheSameManagerIsSeenByHostQueueAndDriver() throws Exception {
    MmcHost host = bench.bind();
    assertThat(host.queue().keyslotManager()).isSameAs(host.keyslots());
    CryptoKey key = DriverIo.key(0, 4096, false);
    int slot = host.keyslots().tryAcquire(key);
    assertThat(bench.window.get(0x1200 + slot * 128 + 0x40)).isEqualTo(0x8000_0008);
  }

  @Test
  void rule02InitialisedOnTheProbePathBeforeTheHostIsAdded() throws ProbeException {
    bench.bind();
    assertOrder(HOST_ALLOCATED, KEYSLOTS_INITIALISED, CRYPTO_FLAG_FINAL, HOST_ADDED);
  }

  @Test
  void rule03DestroyedOnlyByTheDeviceManagedReleaseOncePerCycle() throws ProbeException {
    bench.bind();
    bench.device.unbind();
    assertOrder(HOST_REMOVED, REMOVE_LEAVE, KEYSLOTS_DESTROYED);
    assertThat(count(KEYSLOTS_DESTROYED)).isEqualTo(1);
  }

  @Test
  void rule04DestroyedBeforeItsHostIsFreedAtUnbind() throws ProbeException {
    bench.bind();
    bench.device.unbind();
    assertOrder(KEYSLOTS_DESTROYED, HOST_FREED);
  }

  @Test
  void rule04AWrongOrderIsDetected() {
    KeyslotManager keyslots = new KeyslotManager();
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          Device.Resource memory = device.manage("host memory", null, () -> {});
                          keyslots.init(4);
                          device.manageOrReset("keyslots", memory, keyslots::destroy);
                          device.releaseEarly(memory);
                        })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("owner must not be released before what depends on it");
    assertAllZero(keyslots);
  }

  @Test
  void rule05ReachedThroughCqhciInitAndItsCryptoInit() throws ProbeException {
    bench.bind();
    assertThat(bench.trace.steps())
        .containsSubsequence(
            LifecycleStep.PROBE_ENTER,
            LifecycleStep.CQE_ADD_HOST_ENTER,
            LifecycleStep.CQHCI_INIT_ENTER,
            LifecycleStep.CRYPTO_INIT_ENTER,
            KEYSLOTS_INITIALISED,
            LifecycleStep.CRYPTO_INIT_LEAVE,
            LifecycleStep.CQHCI_INIT_LEAVE,
            HOST_ADDED,
            LifecycleStep.CQE_ADD_HOST_LEAVE,
            LifecycleStep.PROBE_LEAVE);
  }

  @Test
  void rule06RegisteredWhenACardGetsItsQueueAndAgainForAnother() throws ProbeException {
    bench.card.present(false);
    MmcHost host = bench.bind();
    assertThat(count(KEYSLOTS_REGISTERED)).isZero();
    bench.card.present(true);
    host.detect();
    assertThat(count(KEYSLOTS_REGISTERED)).isEqualTo(1);
    pull(host);
    plug(host, "aa014a454d4d43353110cafecafebd01");
    assertThat(count(KEYSLOTS_REGISTERED)).isEqualTo(2);
    assertThat(host.queue().keyslotManager()).isSameAs(host.keyslots());
    assertThat(count(KEYSLOTS_INITIALISED)).isEqualTo(1);
  }

  private void pull(MmcHost host) {
    bench.window.set(0x24, 0x00F0_0000);
    bench.card.present(false);
    host.detect();
  }

  private void plug(MmcHost host, String cid) {
    bench.window.set(0x24, 0x01FF_00F0);
    bench.card.present(true).cid(cid);
    host.detect();
  }

  @Test
  void rule07CapabilitiesAreFrozenOnceTheHostIsAdded() throws ProbeException {
    MmcHost host = bench.bind();
    int caps2 = host.caps2();
    assertThatThrownBy(() -> host.setCaps2(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(host::clearCrypto).isInstanceOf(IllegalStateException.class);
    assertThat(host.caps2()).isEqualTo(caps2);
  }

  @Test
  void rule08DestroyingAnAllZeroManagerDoesNothing() {
    KeyslotManager keyslots = new KeyslotManager();
    keyslots.destroy();
    keyslots.destroy();
    assertAllZero(keyslots);
  }

  @Test
  void rule09DestroyMayFollowEveryFailedProbe() throws ProbeException {
    int acquisitions = acquisitionsOfAProbe();
    for (int i = 0; i < acquisitions; i++) {
      DriverBench failing = new DriverBench();
      List<MmcHost> seen = failAt(failing, i);
      for (MmcHost host : seen) {
        host.keyslots().destroy();
        assertAllZero(host.keyslots());
      }
    }
  }

  private static int acquisitionsOfAProbe() throws ProbeException {
    DriverBench counting = new DriverBench();
    counting.bind();
    return counting.acquisitions();
  }

  /** Probes with acquisition {@code index} refused; hosts that were allocated. */
  private static List<MmcHost> failAt(DriverBench failing, int index) {
    failing.refuseAcquisition(index);
    try {
      return List.of(failing.bind());
    } catch (ProbeException expected) {
      assertThat(failing.device.bound()).isFalse();
      assertThat(failing.device.resourceCount()).isZero();
      assertThat(failing.device.releaseFailures()).isEmpty();
      return List.of();
    }
  }

  @Test
  void rule10ManagedInitIsInitAndReleaseOrNeither() throws ProbeException {
    List<Integer> before = new ArrayList<>();
    bench.device.bind(
        new PlainHostDriver(
            device -> {
              MmcHost host = MmcHost.alloc(device);
              before.add(device.resourceCount());
              bench.refuseAcquisition(0); // the slot table
              assertThatThrownBy(() -> host.initKeyslots(4)).isInstanceOf(ProbeException.class);
              assertThat(host.keyslots().initialised()).isFalse();
              assertThat(device.resourceCount()).isEqualTo(before.getFirst());
              bench.refuseAcquisition(1); // the release record
              assertThatThrownBy(() -> host.initKeyslots(4))
                  .isInstanceOfSatisfying(
                      ProbeException.class,
                      e -> assertThat(e.reason()).isEqualTo(ProbeException.Reason.NO_MEMORY));
              assertAllZero(host.keyslots());
              assertThat(device.resourceCount()).isEqualTo(before.getFirst());
              bench.refuseAcquisition(-1);
              host.initKeyslots(4);
              assertThat(device.resourceCount()).isEqualTo(before.getFirst() + 1);
            }));
  }

  @Test
  void rule11DestroyLeavesAnAllZeroManager() throws Exception {
    MmcHost host = bench.bind();
    host.keyslots().release(host.keyslots().tryAcquire(DriverIo.key(0, 4096, false)));
    bench.device.unbind();
    assertAllZero(host.keyslots());
  }

  @Test
  void rule12CqhciHasNoTeardownForTheManager() {
    assertThat(methodNames(CqhciHost.class))
        .noneMatch(
            name -> name.toLowerCase(Locale.ROOT).matches(".*(deinit|destroy|exit|crypto).*"));
  }

  @Test
  void rule13TheManagerBelongsToTheHostWithoutAnyCqhci() throws ProbeException {
    MmcHost[] held = new MmcHost[1];
    bench.device.bind(
        new PlainHostDriver(
            device -> {
              held[0] = MmcHost.alloc(device);
              held[0].initKeyslots(8);
            }));
    assertThat(held[0].keyslots().numSlots()).isEqualTo(8);
    bench.device.unbind();
    assertAllZero(held[0].keyslots());
  }

  @Test
  void rule14TheQueueEngineHasExactlyNineOperations() {
    assertThat(methodNames(CqeOps.class))
        .containsExactly(
            "disable",
            "enable",
            "off",
            "postReq",
            "recoveryFinish",
            "recoveryStart",
            "request",
            "timeout",
            "waitForIdle");
  }

  @Test
  void rule16CapabilitiesSetBeforeInitAreLost() throws ProbeException {
    KeyslotManager early = new KeyslotManager();
    early.setDataUnitMask(CryptoMode.AES_256_XTS, 4096);
    early.init(4);
    assertThat(early.dataUnitMask(CryptoMode.AES_256_XTS)).isZero();
    bench.onGrant(
        what -> {
          if (what.equals("mmc class device")) {
            assertThat(bench.trace.steps()).contains(LifecycleStep.CAPABILITIES_FILLED);
          }
        });
    assertThat(bench.bind().keyslots().dataUnitMask(CryptoMode.AES_256_XTS)).isEqualTo(0x1FE00);
  }

  @Test
  void rule17NothingIsPoweredOrDetectedBeforeTheHostIsAdded() throws ProbeException {
    List<String> checked = new ArrayList<>();
    bench.onGrant(
        what -> {
          assertThat(bench.trace.steps()).doesNotContain(HOST_ADDED);
          assertThat(bench.card.commands()).as("before %s", what).isEmpty();
          assertThat(bench.window.writes()).noneMatch(w -> w.offset() == 0x29);
          checked.add(what);
          if (what.equals("mmc class device")) {
            bench.onGrant(later -> {});
          }
        });
    bench.bind();
    assertThat(checked).endsWith("mmc class device");
    assertThat(bench.card.commands()).isNotEmpty();
  }

  @Test
  void rule18NoDriverCanUnregisterAndACardThatGoesDoesNot() throws ProbeException {
    assertThat(methodNames(RequestQueue.class))
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("unregister"));
    MmcHost host = bench.bind();
    RequestQueue queue = host.queue();
    pull(host);
    assertThat(queue.keyslotManager()).isSameAs(host.keyslots());
  }

  @Test
  void rule19IntegrityOnTheSameQueueTakesTheManagerAway() throws ProbeException {
    MmcHost host = bench.bind();
    host.queue().registerIntegrity(new T10Dif());
    assertThat(host.queue().keyslotManager()).isNull();
    assertThat(host.keyslots().initialised()).as("the host keeps its manager").isTrue();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    CryptoKey key = DriverIo.key(0, 4096, false);
    assertThat(io.data(BlockOperation.WRITE, 0, 8, key, 0).status()).isEqualTo(BlockStatus.NOTSUPP);
  }

  @Test
  void rule20AQueueWithIntegrityDoesNotTakeTheManager() {
    KeyslotManager keyslots = new KeyslotManager();
    keyslots.init(1);
    RequestQueue queue =
        new RequestQueue(new RecordingDriver(new QueueLimits(10_000, 8, 64, 4, 65536, 1000)));
    queue.registerIntegrity(new T10Dif());
    assertThat(queue.setKeyslotManager(keyslots)).isFalse();
    assertThat(queue.keyslotManager()).isNull();
  }

  @Test
  void rule22RegisteringChangesNothingInTheManager() throws ProbeException {
    MmcHost host = bench.bind();
    int slots = host.keyslots().numSlots();
    int mask = host.keyslots().dataUnitMask(CryptoMode.AES_256_XTS);
    host.queue().setKeyslotManager(host.keyslots());
    assertThat(host.keyslots().numSlots()).isEqualTo(slots);
    assertThat(host.keyslots().dataUnitMask(CryptoMode.AES_256_XTS)).isEqualTo(mask);
    assertThat(bench.device.unbind()).isEmpty();
  }

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
