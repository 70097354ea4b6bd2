package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.ScriptedWindow.Write;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys go into CRYPTOCFG by nineteen writes in the documented order. */
class CqhciKeyslotTest {

  private final DriverBench bench = new DriverBench();

  /** Entry of slot 0 at 1000h, 128 bytes a slot; key bytes 00 to 3f. */
  private static List<Write> programOf(int slot, int dword17, long dword16) {
    return programOf(slot, dword16 == 0 ? 0 : 16, dword17, dword16);
  }

  /** The same with a key of so many dwords, and zeros behind it. */
  private static List<Write> programOf(int slot, int keyDwords, int dword17, long dword16) {
    long entry = 0x1000 + slot * 128L;
    List<Write> writes = new ArrayList<>();
    writes.add(new Write(entry + 0x40, 0, 4));
    long[] key = {
      0x03020100L, 0x07060504L, 0x0b0a0908L, 0x0f0e0d0cL, 0x13121110L, 0x17161514L, 0x1b1a1918L,
      0x1f1e1d1cL, 0x23222120L, 0x27262524L, 0x2b2a2928L, 0x2f2e2d2cL, 0x33323130L, 0x37363534L,
      0x3b3a3938L, 0x3f3e3d3cL
    };
    for (int i = 0; i < 16; i++) {
      writes.add(new Write(entry + i * 4L, i < keyDwords ? key[i] : 0, 4));
    }
    writes.add(new Write(entry + 0x44, dword17, 4));
    writes.add(new Write(entry + 0x40, dword16, 4));
    return writes;
  }

  @Test
  void programsWithNineteenWritesEnableLast() throws Exception {
    MmcHost host = bench.bind();
    bench.window.forgetWrites();
    host.keyslots().tryAcquire(DriverIo.key(0, 4096, false));
    assertThat(bench.window.queueWrites()).isEqualTo(programOf(0, 0, 0x8000_0008L));
  }

  @Test
  void saysTheZeroRuleInByte70() throws Exception {
    MmcHost host = bench.bind();
    bench.window.forgetWrites();
    host.keyslots().tryAcquire(DriverIo.key(0, 512, true));
    assertThat(bench.window.queueWrites()).isEqualTo(programOf(0, 0x0001_0000, 0x8000_0001L));
  }

  @Test
  void doesNotOfferTheZeroRuleWhereTheEngineDoesNotAnnounceIt() throws ProbeException {
    bench.window.set(0x304, 0x0003_FF00);
    MmcHost host = bench.bind();
    assertThat(host.keyslots().supports(DriverIo.key(0, 512, true).config())).isFalse();
    assertThat(host.keyslots().supports(DriverIo.key(0, 512, false).config())).isTrue();
  }

  /** AES-256-XTS with units of 512 under the zero rule, and units of 4096 without it. */
  @Test
  void offersTheZeroRuleForThoseUnitsOnlyForWhichACapabilityHasIt() throws ProbeException {
    bench.window.set(0x300, 0x1000_1F02);
    bench.window.set(0x304, 0x8003_0100);
    bench.window.set(0x308, 0x0003_0800);
    KeyslotManager keyslots = bench.bind().keyslots();
    assertThat(keyslots.supports(DriverIo.key(0, 512, true).config())).isTrue();
    assertThat(keyslots.supports(DriverIo.key(0, 4096, false).config())).isTrue();
    assertThat(keyslots.supports(DriverIo.key(0, 4096, true).config())).isFalse();
  }

  /**
   * ESSIV is algorithm 3 with a key size code of 1: a key of 16 bytes lies flat at the start of the
   * entry. Capability 2 here; AES-128-XTS, capability 1, is a mode that the block layer lacks.
   */
  @Test
  void programsEssivKeysWhereTheEngineAnnouncesThem() throws Exception {
    announceEssiv();
    MmcHost host = bench.bind();
    assertThat(host.keyslots().attributes())
        .containsEntry("modes/AES-128-CBC-ESSIV", "0x1200\n")
        .containsEntry("modes/AES-256-XTS", "0x1fe00\n")
        .doesNotContainKey("modes/SM4-XTS");
    bench.window.forgetWrites();
    host.keyslots().tryAcquire(essiv(512, false));
    assertThat(bench.window.queueWrites()).isEqualTo(programOf(0, 4, 0, 0x8000_0201L));
  }

  /** The zero rule goes with XTS here; who wants it for ESSIV must not come this way. */
  @Test
  void doesNotOfferTheZeroRuleForEssiv() throws ProbeException {
    announceEssiv();
    KeyslotManager keyslots = bench.bind().keyslots();
    assertThat(keyslots.supports(essiv(4096, false).config())).isTrue();
    assertThat(keyslots.supports(essiv(4096, true).config())).isFalse();
    assertThat(keyslots.supports(essiv(1024, false).config())).isFalse();
    assertThat(keyslots.supports(DriverIo.key(0, 4096, true).config())).isTrue();
  }

  private void announceEssiv() {
    bench.window.set(0x300, 0x1000_1F03);
    bench.window.set(0x308, 0x0001_FF00);
    bench.window.set(0x30C, 0x0001_0903);
  }

  private static CryptoKey essiv(int unitBytes, boolean zeroRule) {
    return Bios.key(
        0, new CryptoConfig(CryptoMode.AES_128_CBC_ESSIV, unitBytes, 4, KeyType.RAW, zeroRule));
  }

  /** Both have 64 bytes, and the engine would not notice. */
  @Test
  void neverTakesAWrappedKeyForARawOne() throws ProbeException {
    KeyslotManager keyslots = bench.bind().keyslots();
    CryptoKey wrapped =
        Bios.key(0, new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.HW_WRAPPED, false));
    bench.window.forgetWrites();
    assertThatThrownBy(() -> keyslots.tryAcquire(wrapped)).isInstanceOf(KeyslotException.class);
    assertThat(bench.window.queueWrites()).isEmpty();
  }

  @Test
  void evictsByProgrammingZeros() throws Exception {
    MmcHost host = bench.bind();
    CryptoKey key = DriverIo.key(0, 4096, false);
    host.keyslots().release(host.keyslots().tryAcquire(key));
    bench.window.forgetWrites();
    host.keyslots().evict(key);
    assertThat(bench.window.queueWrites()).isEqualTo(programOf(0, 0, 0));
  }

  @Test
  void clearsEveryKeyslotAtInit() throws ProbeException {
    for (int i = 0; i < 32; i++) {
      bench.window.set(0x1200 + i * 128 + 0x40, 0x8000_0001);
    }
    bench.bind();
    for (int i = 0; i < 32; i++) {
      assertThat(bench.window.get(0x1200 + i * 128 + 0x40)).as("slot %d", i).isZero();
    }
  }

  @Test
  void refusesAConfigurationNoCapabilityHas() throws ProbeException {
    bench.window.set(0x304, 0x8003_0900); // 512 and 4096 bytes only
    MmcHost host = bench.bind();
    CryptoKey key = DriverIo.key(0, 1024, false);
    assertThat(host.keyslots().supports(key.config())).isFalse();
    assertThatThrownBy(() -> host.keyslots().tryAcquire(key))
        .isInstanceOfSatisfying(
            KeyslotException.class,
            e -> assertThat(e.reason()).isEqualTo(KeyslotException.Reason.NOT_SUPPORTED));
  }
}
