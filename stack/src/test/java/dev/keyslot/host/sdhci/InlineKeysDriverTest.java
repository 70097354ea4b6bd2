package dev.keyslot.host.sdhci;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ScriptedWindow;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys that travel with their tasks; strides and offsets typed by hand: 16 + 16 + 80. */
class InlineKeysDriverTest {

  private static final int STRIDE = 112;

  private final DriverBench bench = new DriverBench();

  /** Vendor bit 31 of CAP, crypto bit 28 clear; one capability, no keyslots. */
  @BeforeEach
  void announce() {
    bench.window.set(ScriptedWindow.CQ + 0x04, 0x8000_30C0);
    bench.window.set(ScriptedWindow.CQ + 0x100, 0x0000_0001);
  }

  private MmcHost bind() throws ProbeException {
    bench.device.bind(new InlineKeysDriver(CqhciConfig.generic()));
    return SdhciPciDriver.hostOf(bench.device);
  }

  private long list() {
    return Integer.toUnsignedLong(bench.window.get(ScriptedWindow.CQ + 0x20))
        | Integer.toUnsignedLong(bench.window.get(ScriptedWindow.CQ + 0x24)) << 32;
  }

  private String slot(int slot, int from, int count) {
    byte[] bytes =
        bench
            .dma
            .resolve(list() + (long) slot * STRIDE + from, count)
            .toArray(ValueLayout.JAVA_BYTE);
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void initialisesAManagerWithoutSlotsAndSetsTheFlagLast() throws ProbeException {
    MmcHost host = bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
    assertThat(host.keyslots().initialised()).isTrue();
    assertThat(host.keyslots().numSlots()).isZero();
    assertThat(host.queue().keyslotManager()).isSameAs(host.keyslots());
    assertThat(bench.trace.steps())
        .containsSubsequence(
            LifecycleStep.KEYSLOTS_INITIALISED,
            LifecycleStep.CAPABILITIES_FILLED,
            LifecycleStep.CQHCI_INIT_ENTER,
            LifecycleStep.CRYPTO_FLAG_FINAL,
            LifecycleStep.HOST_ADDED);
  }

  /** Key 00..3f, then unit 4096 as 8, capability 0, flags 1 for the zero rule; the rest zero. */
  @Test
  void sendsTheKeyWithItsTaskAndWipesItAfterwards() throws ProbeException {
    MmcHost host = bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    CryptoKey key = DriverIo.key(0, 4096, true);
    io.data(BlockOperation.READ, 0, 8, null, 0); // slot 0
    Outcome write = io.data(BlockOperation.WRITE, 0x1000, 8, key, 0x1234_5678L);
    assertThat(slot(1, 0, 16)).isEqualTo("2f00080000100000" + "7856341200800000");
    assertThat(slot(1, 32, 80))
        .isEqualTo(
            "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                + "08000100"
                + "000000000000000000000000");
    assertThat(slot(0, 32, 80)).as("a plain task has none").matches("0{160}");
    bench.window.complete(1);
    host.queue().poll();
    assertThat(write.status()).isEqualTo(BlockStatus.OK);
    assertThat(slot(1, 32, 80)).as("wiped").matches("0{160}");
  }

  /** Key 00..0f flat and zeros behind it, then unit 512 as 1, capability 1, no zero rule. */
  @Test
  void sendsAnEssivKeyWhereTheEngineAnnouncesTheMode() throws ProbeException {
    bench.window.set(ScriptedWindow.CQ + 0x100, 0x0000_0002);
    bench.window.set(ScriptedWindow.CQ + 0x108, 0x0001_0903);
    MmcHost host = bind();
    CryptoKey key =
        Bios.key(0, new CryptoConfig(CryptoMode.AES_128_CBC_ESSIV, 512, 4, KeyType.RAW, false));
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    io.data(BlockOperation.WRITE, 0x1000, 8, key, 0x1234_5678L);
    assertThat(slot(0, 8, 8)).isEqualTo("7856341200800000");
    assertThat(slot(0, 32, 80))
        .isEqualTo(
            "000102030405060708090a0b0c0d0e0f"
                + "0".repeat(96)
                + "01010000"
                + "000000000000000000000000");
  }

  @Test
  void aTaskThatRecoveryDroppedLeavesNoKey() throws ProbeException {
    MmcHost host = bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    io.data(BlockOperation.WRITE, 0, 8, DriverIo.key(7, 512, false), 1);
    assertThat(slot(0, 32, 8)).isEqualTo("0708090a0b0c0d0e");
    host.suspend();
    assertThat(bench.dma.resolve(list(), 1)).as("the whole list is gone").isNull();
  }

  @Test
  void programsNothingAndEvictsNothing() throws Exception {
    MmcHost host = bind();
    CryptoKey key = DriverIo.key(0, 4096, false);
    bench.window.forgetWrites();
    assertThat(host.keyslots().tryAcquire(key)).isEqualTo(-1);
    host.keyslots().evict(key);
    host.keyslots().reprogramAll();
    assertThat(bench.window.writes()).isEmpty();
  }

  @Test
  void withoutTheVendorBitThereIsNoCrypto() throws ProbeException {
    bench.window.set(ScriptedWindow.CQ + 0x04, 0x30C0);
    MmcHost host = bind();
    assertThat(host.cardProblem()).isNull();
    assertThat(host.has(MmcHost.CAP2_CRYPTO)).isFalse();
    assertThat(host.keyslots().initialised()).isFalse();
  }

  /** The kernel's flags of the mapping: "dd" is MADV_DONTDUMP. */
  @Test
  void theTaskListStaysOutOfCoreDumps() throws Exception {
    bind();
    long address = bench.dma.resolve(list(), 1).address();
    assertThat(flagsOf(Files.readAllLines(Path.of("/proc/self/smaps")), address)).contains(" dd");
  }

  private static String flagsOf(List<String> smaps, long address) {
    boolean inside = false;
    for (String line : smaps) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-", -1);
        long from = Long.parseUnsignedLong(range[0], 16);
        long to = Long.parseUnsignedLong(range[1], 16);
        inside = from <= address && address < to;
      } else if (inside && line.startsWith("VmFlags:")) {
        return line;
      }
    }
    return "";
  }
}
