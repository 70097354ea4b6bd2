package dev.keyslot.host.sdhci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.ScriptedCard;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Qualcomm host: engine checks, the order of its probe, keys by secure calls. */
class SdhciMsmDriverTest {

  private final DriverBench bench = new DriverBench();

  /** Plain storage; the engine's registers lie below 4000h as far as they are used here. */
  private final ScriptedWindow ice =
      new ScriptedWindow(new DmaSpace(), new InterruptLine(), new ScriptedCard(1));

  private final List<String> calls = new ArrayList<>();
  private long lastBuffer;
  private int result;

  private final SecureMonitor monitor =
      (function, arguments) -> {
        StringBuilder call = new StringBuilder(Integer.toHexString(function));
        lastBuffer = arguments.length > 1 ? arguments[1] : lastBuffer;
        for (int i = 0; i < arguments.length; i++) {
          call.append(i == 1 ? " *" + keyAt(arguments[i]) : " " + arguments[i]);
        }
        calls.add(call.toString());
        return result;
      };

  private String keyAt(long bus) {
    return HexFormat.of().formatHex(bench.dma.resolve(bus, 64).toArray(ValueLayout.JAVA_BYTE));
  }

  @BeforeEach
  void setVersion() {
    ice.set(0x0008, 0x0302_0001);
  }

  private MmcHost bind() throws ProbeException {
    bench.device.bind(new SdhciMsmDriver(CqhciConfig.generic(), ice, monitor));
    return SdhciPciDriver.hostOf(bench.device);
  }

  @Test
  void fillsTheManagerFirstAndSetsTheFlagLast() throws ProbeException {
    MmcHost host = bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
    assertThat(host.keyslots().numSlots()).isEqualTo(32);
    assertThat(bench.trace.steps())
        .containsSubsequence(
            LifecycleStep.CQE_ADD_HOST_ENTER,
            LifecycleStep.ICE_INITIALISED,
            LifecycleStep.KEYSLOTS_INITIALISED,
            LifecycleStep.CAPABILITIES_FILLED,
            LifecycleStep.CQHCI_INIT_ENTER,
            LifecycleStep.CRYPTO_INIT_LEAVE,
            LifecycleStep.CRYPTO_FLAG_FINAL,
            LifecycleStep.HOST_ADDED);
  }

  /** The firmware's ciphers are not the engine's: it takes AES-256-XTS alone. */
  @Test
  void offersOnlyWhatTheFirmwareTakesWhateverTheEngineAnnounces() throws ProbeException {
    bench.window.set(0x300, 0x1000_1F02);
    bench.window.set(0x308, 0x0001_0903);
    assertThat(bind().keyslots().attributes())
        .containsKey("modes/AES-256-XTS")
        .doesNotContainKey("modes/AES-128-CBC-ESSIV");
  }

  @Test
  void invalidatesEverySlotOnProbe() throws ProbeException {
    bind();
    assertThat(calls).hasSize(32);
    assertThat(calls.getFirst()).isEqualTo("42001003 0");
    assertThat(calls.getLast()).isEqualTo("42001003 31");
  }

  /** Set key: slot 0, 64 bytes with each word swapped, cipher 3, units of 4096 as 8. */
  @Test
  void handsKeysOverSwappedAndWipesTheBuffer() throws Exception {
    MmcHost host = bind();
    calls.clear();
    CryptoKey key = DriverIo.key(0, 4096, false);
    host.keyslots().tryAcquire(key);
    assertThat(calls)
        .containsExactly(
            "42001004 0 *03020100070605040b0a09080f0e0d0c13121110171615141b1a19181f1e1d1c"
                + "23222120272625242b2a29282f2e2d2c33323130373635343b3a39383f3e3d3c 64 3 8");
    assertThat(keyAt(lastBuffer)).as("wiped after the call").matches("0{128}");
    assertThat(bench.window.queueWrites())
        .as("no key register is written")
        .noneMatch(w -> w.offset() >= 0x1000);
  }

  @Test
  void evictsByInvalidating() throws Exception {
    MmcHost host = bind();
    CryptoKey key = DriverIo.key(0, 4096, false);
    host.keyslots().release(host.keyslots().tryAcquire(key));
    calls.clear();
    host.keyslots().evict(key);
    assertThat(calls).containsExactly("42001003 0");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, IO_ERROR",
    "-2, INVALID",
    "-3, INVALID",
    "-4, NOT_SUPPORTED",
    "-5, NO_MEMORY",
    "-12, BUSY",
    "-99, INVALID"
  })
  void mapsTheFirmwaresErrors(int firmware, Reason reason) throws ProbeException {
    MmcHost host = bind();
    result = firmware;
    assertThatThrownBy(() -> host.keyslots().tryAcquire(DriverIo.key(0, 4096, false)))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void refusesTheZeroRuleThatFirmwareDoesNotKnow() throws ProbeException {
    assertThat(bind().keyslots().supports(DriverIo.key(0, 4096, true).config())).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"0x02000000, 0", "0x05000000, 0", "0x03000000, 1"})
  void servesWithoutCryptoWhereTheEngineIsUnusable(String version, int fuses)
      throws ProbeException {
    ice.set(0x0008, Integer.decode(version));
    ice.set(0x0010, fuses);
    MmcHost host = bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
    assertThat(host.keyslots().initialised()).isFalse();
    assertThat(calls).isEmpty();
  }

  @Test
  void servesWithoutCryptoWhereThereIsNoEngineRegion() throws ProbeException {
    bench.device.bind(new SdhciMsmDriver(CqhciConfig.generic(), null, monitor));
    MmcHost host = SdhciPciDriver.hostOf(bench.device);
    assertThat(host.cardProblem()).isNull();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
  }

  @Test
  void switchesTheEngineOnWithTheQueue() throws ProbeException {
    MmcHost host = bind();
    assertThat(ice.get(0x1000)).isEqualTo(0x0D80_7100 | 0x7000);
    ice.set(0x1000, 0);
    host.suspend();
    host.resume();
    assertThat(ice.get(0x1000)).as("after resume").isEqualTo(0x0D80_7100 | 0x7000);
  }

  @Test
  void doesNotHangOnASelfTestThatNeverEnds() throws ProbeException {
    ice.set(0x0070, 0x1000_0000);
    long start = bench.time.nanoTime();
    assertThat(bind().cardProblem()).isNull();
    assertThat(bench.time.nanoTime() - start).isBetween(5_000_000L, 50_000_000L);
  }

  /** The error of the self-test is the result of waking up; the card is found again later. */
  @Test
  void aSelfTestThatDoesNotEndOnWakingFailsRequestsAtOnce() throws ProbeException {
    MmcHost host = bind();
    assertThat(host.runtimeSuspend()).isTrue();
    ice.set(0x0070, 0x1000_0000);
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    DriverIo.Outcome read = io.data(BlockOperation.READ, 0, 8, null, 0);
    host.queue().poll();
    host.queue().poll();
    assertThat(read.status()).isEqualTo(BlockStatus.OFFLINE);
    assertThat(host.cardProblem()).isEqualTo("host must wake up: error=TIMEOUT");
    ice.set(0x0070, 0);
    host.detect();
    DriverIo.Outcome again = io.data(BlockOperation.READ, 0, 8, null, 0);
    bench.window.complete(0);
    host.queue().poll();
    assertThat(again.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void namesSlotAndDataUnitInTheTaskAsEveryCqhciHost() throws ProbeException {
    MmcHost host = bind();
    new DriverIo(host.queue(), bench.memory)
        .data(BlockOperation.WRITE, 0x1000, 8, DriverIo.key(0, 4096, false), 0x1234_5678L);
    assertThat(DriverIo.task(bench.window, bench.dma, 0, 1)).isEqualTo(0x0000_8000_1234_5678L);
  }

  @Test
  void leavesNothingBehindWhereAnyAcquisitionIsRefused() throws ProbeException {
    bind();
    int acquisitions = bench.acquisitions();
    bench.device.unbind();
    int regions = bench.dma.regionCount();
    for (int i = 0; i < acquisitions; i++) {
      bench.refuseAcquisition(i);
      try {
        assertThat(bind().cryptoInvariantHolds()).isTrue();
        bench.device.unbind();
      } catch (ProbeException expected) {
        assertThat(bench.device.releaseFailures()).isEmpty();
      }
      assertThat(bench.dma.regionCount()).as("acquisition %d", i).isEqualTo(regions);
    }
    bench.refuseAcquisition(-1);
    assertThat(bind().has(MmcHost.CAP2_CRYPTO)).isTrue();
  }
}
