package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.HostBench;
import dev.keyslot.testkit.host.ModelBench;
import dev.keyslot.testkit.host.PlainHostDriver;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Bugs that shipped in this area, planted again: what guards against them must go off.
 *
 * <p>Each mutant is a driver, or a way of using one, that does what the broken one did.
 */
class HistoricBugsTest {

  private final DriverBench bench = new DriverBench();

  /** A driver set the flag because an optional clock was "there", and never initialised crypto. */
  @Test
  void aFlagSetWithoutCryptoInitNeverReachesAnotherThread() {
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          MmcHost host = MmcHost.alloc(device);
                          host.setOps(PlainHostDriver.NO_CARD);
                          host.setCaps2(MmcHost.CAP2_CRYPTO.mask32());
                          host.add();
                        })))
        .isInstanceOf(ProbeException.class)
        .hasMessageContaining("crypto flag must be clear");
    assertThat(bench.device.bound()).isFalse();
  }

  /** Crypto init failed half-way and left the flag as it was: what the single exit prevents. */
  @Test
  void aFailureThatDoesNotClearTheFlagFailsTheProbe() {
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          MmcHost host = MmcHost.alloc(device);
                          host.setOps(PlainHostDriver.NO_CARD);
                          host.setCaps2(MmcHost.CAP2_CRYPTO.mask32());
                          bench.refuseAcquisition(0);
                          try {
                            host.initKeyslots(32);
                          } catch (ProbeException swallowed) {
                            bench.refuseAcquisition(-1);
                          }
                          host.add();
                        })))
        .isInstanceOf(ProbeException.class)
        .hasMessageContaining("crypto flag must be clear");
  }

  /** The host's memory was freed by hand before the managed release that writes into it. */
  @Test
  void anOwnerFreedBeforeTheManagedReleaseIsDetected() {
    KeyslotManager keyslots = new KeyslotManager();
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          Device.Resource host = device.manage("host", null, () -> {});
                          keyslots.init(32);
                          device.manageOrReset("keyslots", host, keyslots::destroy);
                          device.releaseEarly(host);
                        })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("owner must not be released before what depends on it");
    assertThat(keyslots.initialised()).as("still destroyed, in order").isFalse();
  }

  /** The release was registered before the memory it touches: it would run after it was freed. */
  @Test
  void aReleaseRegisteredBeforeItsOwnerIsDetected() {
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          Device.Resource early = device.manage("early", null, () -> {});
                          device.releaseEarly(early);
                          device.manage("keyslots", early, () -> {});
                        })))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("owner must be managed before what depends on it");
  }

  /** The same, of a platform that fills the manager in itself. */
  @Test
  void aPlatformHasItsManagerBeforeItSetsTheFlag() throws ProbeException {
    try (HostBench msm = new HostBench(HostChoice.of(HostKind.SDHCI_MSM), 8192)) {
      MmcHost host = msm.bind();
      assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
      assertThat(host.keyslots().initialised()).isTrue();
      assertThat(host.queue().keyslotManager()).isSameAs(host.keyslots());
    }
  }

  /** A failure after crypto init destroys what was initialised, whatever the flag says by then. */
  @Test
  void aFailureAfterCryptoInitLeavesNoSlots() throws ProbeException {
    int[] acquired = {0, -1};
    bench.onGrant(
        what -> {
          acquired[1] = what.equals("mmc class device") ? acquired[0] : acquired[1];
          acquired[0]++;
        });
    MmcHost first = bench.bind();
    assertThat(bench.device.unbind()).isEmpty();
    assertThat(first.keyslots().initialised()).isFalse();
    bench.refuseAcquisition(acquired[1]);
    assertThatThrownBy(bench::bind).isInstanceOf(ProbeException.class);
    assertThat(bench.device.releaseFailures()).isEmpty();
  }

  /** The product's own way: managed init, then a failure that clears the flag, then release. */
  @Test
  void aFailureThatClearsTheFlagDestroysTheSlotsAllTheSame() {
    MmcHost[] held = new MmcHost[1];
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          held[0] = MmcHost.alloc(device);
                          held[0].setCaps2(MmcHost.CAP2_CRYPTO.mask32());
                          held[0].initKeyslots(32);
                          held[0].clearCrypto();
                          throw new ProbeException(ProbeException.Reason.IO, "later failure");
                        })))
        .isInstanceOf(ProbeException.class);
    assertThat(held[0].keyslots().initialised()).isFalse();
    assertThat(bench.device.releaseFailures()).isEmpty();
  }

  /** Destroying was gated on the flag, which a failure had cleared: the slots leaked. */
  @Test
  void slotsThatOutliveTheirHostAreReported() {
    assertThatThrownBy(
            () ->
                bench.device.bind(
                    new PlainHostDriver(
                        device -> {
                          MmcHost host = MmcHost.alloc(device);
                          host.keyslots().init(32); // by hand, "destroyed when freed if the flag"
                          throw new ProbeException(ProbeException.Reason.IO, "later failure");
                        })))
        .isInstanceOf(ProbeException.class);
    assertThat(bench.device.releaseFailures())
        .singleElement()
        .asString()
        .contains("keyslots must be destroyed before the host that holds them is freed");
  }

  /** A flush dropped by recovery was reported as done. Ours is sent again. */
  @Test
  void aFlushDroppedByRecoveryIsNotReportedAsDone() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    DriverIo.Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    host.requestRecovery();
    host.queue().poll();
    assertThat(flush.status()).as("dropped, not done").isNull();
    assertThat(DriverIo.task(bench.window, bench.dma, 31, 0)).isEqualTo(0x0320_0101_0186_402FL);
    bench.window.complete(31);
    host.queue().poll();
    assertThat(flush.status()).isEqualTo(BlockStatus.OK);
  }

  /** A host that took encrypted requests on a path that cannot encrypt sent them in plain. */
  @Test
  void anEncryptedRequestNeverLeavesInPlain() throws ProbeException {
    bench.window.set(ScriptedWindow.CQ + 0x04, 0x30C0); // no engine
    MmcHost host = bench.bind();
    host.queue().setKeyslotManager(pretendingManager());
    bench.window.forgetWrites();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    DriverIo.Outcome write = io.data(BlockOperation.WRITE, 0, 8, DriverIo.key(0, 4096, false), 0);
    host.queue().poll();
    assertThat(write.status()).isEqualTo(BlockStatus.NOTSUPP);
    assertThat(bench.window.queueWrites()).as("no doorbell").noneMatch(w -> w.offset() == 0x28);
  }

  /** The host's flag is set, its engine works, but this card has no queue and needs commands. */
  @Test
  void anEncryptedRequestWithoutQueueNeverReachesTheMedium() throws ProbeException {
    CardProfile card = withoutQueue(CardProfile.served(8192));
    try (ModelBench model =
        new ModelBench(
            card, EngineConfig.served(), ControllerConfig.served(1), new HeapMedia(8192 * 512))) {
      MmcHost host = model.bind();
      assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
      model.memory.fill((byte) 0x5A);
      DriverIo io = new DriverIo(host.queue(), model.memory);
      DriverIo.Outcome write = io.data(BlockOperation.WRITE, 0, 8, DriverIo.key(0, 4096, false), 0);
      model.settle(host);
      assertThat(model.media.extent(0)).as("nothing on the medium").isNegative();
      assertThat(write.status()).isEqualTo(BlockStatus.NOTSUPP);
    }
  }

  /** A host that can: what is on the medium is not what was in memory. */
  @Test
  void aPathWithoutQueueEncryptsWhatItIsAskedTo() throws ProbeException {
    try (HostBench ice = new HostBench(HostChoice.of(HostKind.SDHCI_ICE), 8192)) {
      MmcHost host = ice.bind();
      ice.memory.fill((byte) 0);
      DriverIo.Outcome write =
          new DriverIo(host.queue(), ice.memory)
              .data(BlockOperation.WRITE, 0, 8, DriverIo.key(0, 4096, false), 1);
      ice.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.OK);
      byte[] stored = new byte[4096];
      ice.media.read(0, MemorySegment.ofArray(stored));
      // Driver-side reference, 12.1: key 00..3f, number 1, 4096 zero bytes.
      assertThat(HexFormat.of().formatHex(stored, 0, 16))
          .isEqualTo("0c22ed7e2168a8500b30154c2ec00d26");
    }
  }

  private static CardProfile withoutQueue(CardProfile card) {
    return new CardProfile(
        card.sectors(),
        card.erasedByte(),
        card.cacheKibit(),
        0,
        card.busyPolls(),
        card.holeQuery(),
        card.cache(),
        card.readiness(),
        card.loss(),
        card.seed(),
        card.traits());
  }

  /** The mutant: a manager registered although the host's flag is clear. */
  private static KeyslotManager pretendingManager() {
    KeyslotManager keyslots = new KeyslotManager();
    keyslots.init(1);
    keyslots.setMaxDunBytes(4);
    keyslots.addKeyType(KeyType.RAW);
    keyslots.setDataUnitMask(CryptoMode.AES_256_XTS, 4096);
    keyslots.setOps(
        new KeyslotOps() {
          @Override
          public void program(int slot, CryptoKey key) {
            // Pretends.
          }

          @Override
          public void evict(int slot, CryptoKey key) {
            // Pretends.
          }
        });
    return keyslots;
  }

  /** Without reprogramming, a reset would leave queued requests with an empty slot. */
  @Test
  void aResetWithoutReprogrammingWouldBeSeen() throws Exception {
    MmcHost host = bench.bind();
    int slot = host.keyslots().tryAcquire(DriverIo.key(0, 4096, false));
    int config = 0x1200 + slot * 128 + 0x40;
    bench.window.write8(0x2F, (byte) 1); // the mutant: a reset that nobody follows up
    assertThat(bench.window.get(config)).as("the check sees the loss").isZero();
    host.reset();
    assertThat(bench.window.get(config)).isEqualTo(0x8000_0008);
    assertThat(List.of(host.cryptoInvariantHolds())).containsOnly(true);
  }
}
