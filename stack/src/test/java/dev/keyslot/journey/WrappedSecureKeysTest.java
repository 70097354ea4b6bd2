package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciMsmDriver;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.model.ice.IceBlock;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrapped keys by the key manager of a Qualcomm engine: calls, registers, errors, as numbers. */
class WrappedSecureKeysTest {

  private final DriverBench bench = new DriverBench();
  private final List<String> calls = new ArrayList<>();
  private IceBlock ice;

  /** The call that the firmware lacks. */
  private long missing;

  private int result;

  /** Remembers each call, and fills what a call returns with AA. */
  private int called(int function, long... arguments) {
    if (function == 0x4200_0601) {
      return arguments[0] == missing ? 0 : 1;
    }
    String buffer = "";
    if (function != 0x4200_1003) {
      int in = function == 0x4200_1008 ? -1 : function == 0x4200_1004 ? 1 : 0;
      buffer = in < 0 ? "" : " *" + at(arguments[in], 4);
      if (function != 0x4200_1004 && result == 0) {
        int out = in < 0 ? 0 : 2;
        bench.dma.resolve(arguments[out], arguments[out + 1]).fill((byte) 0xAA);
      }
    }
    calls.add(Integer.toHexString(function) + buffer + " " + sizes(function, arguments));
    return result;
  }

  private static String sizes(int function, long[] arguments) {
    return function == 0x4200_1004
        ? arguments[0] + " " + arguments[2] + " " + arguments[3] + " " + arguments[4]
        : Arrays.stream(arguments)
            .filter(a -> a < 0x1_0000_0000L)
            .mapToObj(Long::toString)
            .toList()
            .toString();
  }

  private String at(long bus, int count) {
    return HexFormat.of().formatHex(bench.dma.resolve(bus, count).toArray(ValueLayout.JAVA_BYTE));
  }

  private MmcHost bind(int version) throws ProbeException {
    ice = new IceBlock(new IceBlock.Part(version, 0, 0, 0), 32);
    bench.device.bind(new SdhciMsmDriver(CqhciConfig.generic(), ice, this::called, true));
    return SdhciPciDriver.hostOf(bench.device);
  }

  private static CryptoKey wrapped(int bytes) {
    CryptoConfig config =
        new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.HW_WRAPPED, false);
    return CryptoKey.of(config, MemorySegment.ofArray(Patterns.ascending(0, bytes)));
  }

  @Test
  void setsTheKeyManagerUpBeforeAnySlotIsCleared() throws ProbeException {
    MmcHost host = bind(0x0302_0001);
    assertThat(host.cardProblem()).isNull();
    assertThat(host.keyslots().supports(KeyType.HW_WRAPPED)).isTrue();
    assertThat(host.keyslots().supports(KeyType.RAW)).as("one or the other").isFalse();
    assertThat(host.keyslots().supports(DriverIo.key(0, 4096, false).config())).isFalse();
    assertThat(ice.read32(0xD000)).isEqualTo(-1);
    assertThat(ice.read32(0xD010)).isEqualTo(-1);
    assertThat(calls).hasSize(32);
    assertThat(calls.getLast()).isEqualTo("42001003 [62]");
  }

  /** Slot 1 is 2 for the firmware; words are not swapped; unit 8, cipher 3, enable in byte 3. */
  @Test
  void programsAWrappedKeyAndThenLetsTheEngineUseIt() throws Exception {
    MmcHost host = bind(0x0302_0001);
    host.keyslots().tryAcquire(wrapped(100));
    calls.clear();
    int slot = host.keyslots().tryAcquire(wrapped(100));
    assertThat(slot).isEqualTo(1);
    assertThat(calls).containsExactly("42001004 *00010203 2 100 3 8");
    assertThat(ice.read32(0x4040 + 0x80)).isEqualTo(0x8000_0308);
  }

  @Test
  void evictsByTheFirmwaresNumberOfTheSlot() throws Exception {
    MmcHost host = bind(0x0400_0000);
    CryptoKey other = wrapped(100);
    CryptoKey key = wrapped(100);
    host.keyslots().tryAcquire(other);
    host.keyslots().release(host.keyslots().tryAcquire(key));
    calls.clear();
    host.keyslots().evict(key);
    assertThat(calls).containsExactly("42001003 [2]");
  }

  @Test
  void refusesAKeyOfAnotherSize() throws ProbeException {
    MmcHost host = bind(0x0302_0001);
    calls.clear();
    assertThatThrownBy(() -> host.keyslots().tryAcquire(wrapped(68)))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(Reason.INVALID));
    assertThat(calls).isEmpty();
  }

  /** 3.2.0 has the first version: 68 bytes, and the firmware's number of a slot is ours. */
  @Test
  void theFirstVersionHasOtherNumbers() throws Exception {
    MmcHost host = bind(0x0302_0000);
    host.keyslots().tryAcquire(wrapped(68));
    calls.clear();
    assertThat(host.keyslots().tryAcquire(wrapped(68))).isEqualTo(1);
    assertThat(calls).containsExactly("42001004 *00010203 1 68 3 8");
    assertThat(ice.read32(0x9000) & 0x26).as("legacy mode and CRC checks off").isZero();
  }

  /** Derive, generate, prepare, import: 0200100Xh without the bits of the calling convention. */
  @ParameterizedTest
  @ValueSource(longs = {0x0200_1007, 0x0200_1008, 0x0200_1009, 0x0200_100A})
  void firmwareThatLacksACallStaysWithRawKeys(long call) throws ProbeException {
    missing = call;
    MmcHost host = bind(0x0302_0001);
    assertThat(host.keyslots().supports(KeyType.RAW)).isTrue();
    assertThat(host.keyslots().supports(KeyType.HW_WRAPPED)).isFalse();
    assertThat(host.queue().cryptoSupported(wrapped(100).config())).isFalse();
    assertThat(host.queue().startUsingKey(wrapped(100))).isEqualTo(BlockStatus.NOTSUPP);
  }

  @Test
  void anEngineWithoutKeyManagerStaysWithRawKeys() throws ProbeException {
    MmcHost host = bind(0x0300_0000);
    assertThat(host.keyslots().supports(KeyType.RAW)).isTrue();
    assertThat(host.keyslots().supports(KeyType.HW_WRAPPED)).isFalse();
  }

  @Test
  void generatesImportsPreparesAndDerives() throws Exception {
    MmcHost host = bind(0x0302_0001);
    calls.clear();
    MemorySegment room = MemorySegment.ofArray(new byte[128]);
    MemorySegment raw = MemorySegment.ofArray(Patterns.ascending(0x40, 32));
    MemorySegment secret = MemorySegment.ofArray(new byte[32]);
    assertThat(host.keyslots().generateKey(room)).isEqualTo(100);
    assertThat(host.keyslots().importKey(raw, room)).isEqualTo(100);
    assertThat(host.keyslots().prepareKey(room.asSlice(0, 100), room)).isEqualTo(100);
    host.keyslots().deriveSoftwareSecret(room.asSlice(0, 100), secret);
    assertThat(calls)
        .containsExactly(
            "42001008 [100]",
            "4200100a *40414243 [32, 100]",
            "42001009 *aaaaaaaa [100, 100]",
            "42001007 *aaaaaaaa [100, 32]");
    assertThat(secret.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0xAA);
  }

  @ParameterizedTest
  @CsvSource({"-1, BAD_MESSAGE", "-2, BAD_MESSAGE", "-4, NOT_SUPPORTED", "-12, BUSY"})
  void aKeyThatTheFirmwareDidNotWrapIsABadMessage(int firmware, Reason reason)
      throws ProbeException {
    MmcHost host = bind(0x0302_0001);
    result = firmware;
    MemorySegment room = MemorySegment.ofArray(new byte[100]);
    assertThatThrownBy(() -> host.keyslots().prepareKey(room, room))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    assertThatThrownBy(
            () -> host.keyslots().deriveSoftwareSecret(room, MemorySegment.ofArray(new byte[32])))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void roomThatIsTooSmallIsAnOverflow() throws ProbeException {
    MmcHost host = bind(0x0302_0001);
    assertThatThrownBy(() -> host.keyslots().generateKey(MemorySegment.ofArray(new byte[64])))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(Reason.OVERFLOW));
  }
}
