package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.PlainHostDriver;
import dev.keyslot.testkit.host.ScriptedWindow;
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
