package dev.keyslot.conformance;

import static dev.keyslot.host.device.LifecycleStep.CRYPTO_FLAG_FINAL;
import static dev.keyslot.host.device.LifecycleStep.HOST_ADDED;
import static dev.keyslot.host.device.LifecycleStep.HOST_ALLOCATED;
import static dev.keyslot.host.device.LifecycleStep.HOST_FREED;
import static dev.keyslot.host.device.LifecycleStep.HOST_REMOVED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_DESTROYED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_INITIALISED;
import static dev.keyslot.host.device.LifecycleStep.KEYSLOTS_REGISTERED;
import static dev.keyslot.host.device.LifecycleStep.REMOVE_LEAVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.integrity.T10Dif;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.cqhci.CqhciHost;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.Driver;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.CqeOps;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.RecordingDriver;
import dev.keyslot.testkit.XtsOracle;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.HostBench;
import dev.keyslot.testkit.host.PlainHostDriver;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The rules for the life of the keyslot manager inside its host, one test per rule; the table is in
 * docs/inline-encryption.md. The rules of probe, flag and reset are in {@link
 * InlineCryptoProbeTest}.
 */
class InlineCryptoLifecycleTest extends InlineCryptoRules {

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
    int failed = 0;
    for (int i = 0; i < acquisitions; i++) {
      DriverBench failing = new DriverBench();
      failing.refuseAcquisition(i);
      Watched driver = new Watched(new SdhciPciDriver(CqhciConfig.generic(), true));
      try {
        failing.device.bind(driver);
        failing.device.unbind();
      } catch (ProbeException expected) {
        failed += driver.host == null ? 0 : 1;
      }
      if (driver.host != null) {
        driver.host.keyslots().destroy();
        assertAllZero(driver.host.keyslots());
      }
    }
    assertThat(failed).as("probes that failed with a host").isGreaterThan(3);
  }

  /** A driver whose host is remembered, however its probe ends. */
  private static final class Watched implements Driver {
    private final Driver driver;
    private MmcHost host;

    private Watched(Driver driver) {
      this.driver = driver;
    }

    @Override
    public String name() {
      return driver.name();
    }

    @Override
    public void probe(Device device) throws ProbeException {
      try {
        driver.probe(device);
      } finally {
        if (device.driverData(Object.class) != null) {
          host = SdhciPciDriver.hostOf(device);
        }
      }
    }

    @Override
    public void remove(Device device) {
      driver.remove(device);
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

  /** By registers, by firmware, by two registers a command, and by the task itself. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SDHCI_PLAIN")
  void rule15HostsOfEveryKindLeaveTheSameCiphertext(HostKind kind) throws ProbeException {
    try (HostBench other = new HostBench(HostChoice.of(kind), 8192)) {
      MmcHost host = other.bind();
      CryptoKey key = DriverIo.key(0, 4096, false);
      other.memory.asSlice(0, 4096).fill((byte) 0);
      DriverIo.Outcome write =
          new DriverIo(host.queue(), other.memory).data(BlockOperation.WRITE, 8, 8, key, 77);
      other.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.OK);
      byte[] stored = new byte[4096];
      other.media.read(4096, MemorySegment.ofArray(stored));
      assertThat(stored)
          .isEqualTo(new XtsOracle(Patterns.ascending(0, 64)).encrypt(77, 4096, new byte[4096]));
      assertThat(other.device.unbind()).isEmpty();
    }
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
  void rule21TakingItAwayIsSettingAPointerAndNeedsNoFunctionOfItsOwn() throws ProbeException {
    MmcHost host = bench.bind();
    assertThat(methodNames(RequestQueue.class))
        .contains("setKeyslotManager", "registerIntegrity")
        .noneMatch(name -> name.toLowerCase(Locale.ROOT).contains("unregister"));
    host.queue().registerIntegrity(new T10Dif());
    assertThat(host.queue().keyslotManager()).isNull();
    assertThat(host.queue().setKeyslotManager(host.keyslots())).as("and stays away").isFalse();
    assertThat(host.queue().keyslotManager()).isNull();
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
  void rule23MmcCodeDoesNotKnowHowIntegrityTakesTheManagerAway() throws IOException {
    try (var sources = Files.list(Path.of("src/main/java/dev/keyslot/host/mmc"))) {
      List<Path> files = sources.toList();
      assertThat(files).hasSizeGreaterThan(10);
      for (Path file : files) {
        assertThat(Files.readString(file)).as("%s", file).doesNotContainIgnoringCase("integrity");
      }
    }
  }

  @Test
  void rule31TheChainFromProbeToTheManagersInitIsUnbroken() throws ProbeException {
    bench.bind();
    List<LifecycleStep> steps = bench.trace.steps();
    assertThat(steps.subList(0, steps.indexOf(KEYSLOTS_INITIALISED) + 1))
        .containsExactly(
            LifecycleStep.PROBE_ENTER,
            HOST_ALLOCATED,
            LifecycleStep.CONTROLLER_RESET,
            LifecycleStep.CQE_ADD_HOST_ENTER,
            LifecycleStep.CQHCI_INIT_ENTER,
            LifecycleStep.CRYPTO_INIT_ENTER,
            KEYSLOTS_INITIALISED);
  }
}
