package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.DeviceWires;
import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.host.device.LifecycleTrace;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.device.ResourceGrant;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciMsmDriver;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.KeyWrapper;
import dev.keyslot.model.ice.IceBlock;
import dev.keyslot.model.ice.IceFirmware;
import dev.keyslot.model.ice.SlotWriter;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.TestTime;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Wrapped keys on the Qualcomm host's silicon, from import to the ciphertext on the medium.
 *
 * <p>What comes of the key 00..1f is from the driver-side reference, 12.4: SP 800-108 in counter
 * mode with AES-256-CMAC, computed in Python.
 */
class WrappedKeysOnSiliconTest {

  private static final int SECTORS = 8192;
  private static final byte[] RAW = Patterns.ascending(0, 32);

  private static final byte[] INLINE_KEY =
      HexFormat.of()
          .parseHex(
              "c4a6365aede12a90b12f94417e266703660e8b436c7324b8f50cfb9ba5acc8f4"
                  + "8641bddd9febd27a9b3cc94c06db110dbd2ed426d7ff4e3d53ea0388a71bdc12");

  private static final String SECRET =
      "e7535addd3a4a46c9727da5befa06fffd3ff06eb4e5b5930962c164a48cf15b7";

  private final TestTime time = new TestTime();
  private final DmaSpace dma = new DmaSpace();
  private final InterruptLine line = new InterruptLine();
  private final LifecycleTrace trace = new LifecycleTrace(time);
  private final HeapMedia media = new HeapMedia(SECTORS * 512L);
  private final MemorySegment memory = Arena.ofAuto().allocate(1 << 20, 4096);
  private final EngineConfig config = EngineConfig.wrapping();
  private final KeyWrapper wrapper = new KeyWrapper(Patterns.ascending(0x80, 32));
  private final CryptoEngine engine = new CryptoEngine(config, XtsEngines.byName("jdk"), wrapper);
  private final CqhciController controller =
      new CqhciController(
          ControllerConfig.served(1).withIdentity(HostIdentity.QUALCOMM),
          dma,
          line,
          new EmmcCard(CardProfile.served(SECTORS), media),
          engine);
  private final Device device =
      new Device(
          "mmc0",
          new DeviceWires(seen(controller), dma, line),
          new HardwareWait(time, time, controller),
          trace,
          ResourceGrant.ALWAYS);

  /** Everything that was written into registers or handed to the firmware as numbers. */
  private final List<Long> written = new ArrayList<>();

  private int wrappedBytes;
  private MmcHost host;

  private Mmio seen(Mmio window) {
    return (Mmio)
        Proxy.newProxyInstance(
            Mmio.class.getClassLoader(),
            new Class<?>[] {Mmio.class},
            (_, method, arguments) -> {
              if (method.getName().startsWith("write")) {
                written.add(((Number) arguments[1]).longValue());
              }
              return method.invoke(window, arguments);
            });
  }

  private void bind(int version) throws ProbeException {
    SlotWriter slots = new SlotWriter(config, controller::writeKeyslot);
    IceBlock block = new IceBlock(new IceBlock.Part(version, 0, 1, 0), config.slots(), slots);
    SecureMonitor firmware = new IceFirmware(slots, dma, block, wrapper);
    bind(block, firmware);
    wrappedBytes = version == 0x0302_0000 ? 68 : 100;
  }

  private void bind(IceBlock block, SecureMonitor firmware) throws ProbeException {
    dma.map(memory);
    CqhciConfig queue =
        new CqhciConfig(
            HostIdentity.QUALCOMM.cqhciBase(), CqhciConfig.Addressing.BITS_64, false, true);
    device.bind(
        new SdhciMsmDriver(
            queue,
            seen(block),
            (function, arguments) -> {
              Arrays.stream(arguments).forEach(written::add);
              return firmware.call(function, arguments);
            },
            true));
    host = SdhciPciDriver.hostOf(device);
    assertThat(host.cardProblem()).isNull();
  }

  @AfterEach
  void close() {
    controller.close();
    media.close();
  }

  private static byte[] bytes(MemorySegment segment, int count) {
    return segment.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE);
  }

  private static MemorySegment room() {
    return MemorySegment.ofArray(new byte[128]);
  }

  private byte[] importKey(byte[] raw) throws KeyslotException {
    MemorySegment room = room();
    int size = host.keyslots().importKey(MemorySegment.ofArray(raw), room);
    assertThat(size).isEqualTo(wrappedBytes);
    return bytes(room, size);
  }

  private byte[] prepare(byte[] longTerm) throws KeyslotException {
    MemorySegment room = room();
    int size = host.keyslots().prepareKey(MemorySegment.ofArray(longTerm), room);
    assertThat(size).isEqualTo(wrappedBytes);
    return bytes(room, size);
  }

  private static CryptoKey key(byte[] ephemeral, int unit) {
    CryptoConfig wrapped =
        new CryptoConfig(CryptoMode.AES_256_XTS, unit, 4, KeyType.HW_WRAPPED, false);
    return CryptoKey.of(wrapped, MemorySegment.ofArray(ephemeral));
  }

  private void settle() {
    for (int idle = 0; idle < 3; ) {
      idle = controller.doWork() + host.queue().poll() == 0 ? idle + 1 : 0;
    }
  }

  private BlockStatus run(BlockOperation operation, CryptoKey key, long dun, int sectors) {
    Outcome outcome = new DriverIo(host.queue(), memory).data(operation, 8, sectors, key, dun);
    settle();
    return outcome.status();
  }

  private byte[] onMedium(int count) {
    byte[] stored = new byte[count];
    media.read(8 * 512, MemorySegment.ofArray(stored));
    return stored;
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0302_0000, 0x0302_0001, 0x0400_0000})
  void leavesTheCiphertextOfTheDerivedKeyOnTheMedium(int version) throws Exception {
    bind(version);
    CryptoKey first = key(prepare(importKey(Patterns.ascending(0x40, 32))), 4096);
    CryptoKey key = key(prepare(importKey(RAW)), 512);
    assertThat(host.queue().startUsingKey(key)).isEqualTo(BlockStatus.OK);
    assertThat(run(BlockOperation.WRITE, first, 0, 8)).isEqualTo(BlockStatus.OK);
    memory.fill((byte) 0);
    assertThat(run(BlockOperation.WRITE, key, 5, 8)).isEqualTo(BlockStatus.OK);
    byte[] stored = onMedium(4096);
    assertThat(HexFormat.of().formatHex(stored, 0, 16))
        .isEqualTo("448425acc5766bb14885af97ab1b61e7");
    assertThat(stored).isEqualTo(new XtsOracle(INLINE_KEY).encrypt(5, 512, new byte[4096]));
    memory.fill((byte) 0x77);
    assertThat(run(BlockOperation.READ, key, 5, 8)).isEqualTo(BlockStatus.OK);
    assertThat(bytes(memory, 4096)).containsOnly(0);
  }

  @Test
  void derivesTheSecretForSoftware() throws Exception {
    bind(0x0302_0001);
    MemorySegment secret = MemorySegment.ofArray(new byte[32]);
    MemorySegment ephemeral = MemorySegment.ofArray(prepare(importKey(RAW)));
    host.keyslots().deriveSoftwareSecret(ephemeral, secret);
    assertThat(HexFormat.of().formatHex(bytes(secret, 32))).isEqualTo(SECRET);
  }

  @Test
  void offersWrappedKeysAndNothingElse() throws Exception {
    bind(0x0302_0001);
    assertThat(host.queue().cryptoSupported(key(new byte[100], 4096).config())).isTrue();
    assertThat(host.queue().cryptoSupported(DriverIo.key(0, 4096, false).config())).isFalse();
    assertThat(run(BlockOperation.WRITE, DriverIo.key(0, 4096, false), 0, 8))
        .isEqualTo(BlockStatus.NOTSUPP);
    assertThat(onMedium(4096)).containsOnly(0);
  }

  /** The driver asks the firmware; nobody else needs to be told. */
  @Test
  void firmwareWithoutTheCallsStaysWithRawKeys() throws Exception {
    IceBlock block = new IceBlock(new IceBlock.Part(0x0302_0001, 0, 1, 0), config.slots());
    bind(block, new IceFirmware(config, dma, controller::writeKeyslot));
    assertThat(host.keyslots().supports(KeyType.HW_WRAPPED)).isFalse();
    CryptoKey key = DriverIo.key(0, 4096, false);
    memory.fill((byte) 0);
    assertThat(run(BlockOperation.WRITE, key, 77, 8)).isEqualTo(BlockStatus.OK);
    assertThat(onMedium(4096))
        .isEqualTo(new XtsOracle(Patterns.ascending(0, 64)).encrypt(77, 4096, new byte[4096]));
  }

  @Test
  void aPowerCycleVoidsEphemeralFormsAndLongTermOnesServeOn() throws Exception {
    bind(0x0302_0001);
    byte[] longTerm = importKey(RAW);
    byte[] ephemeral = prepare(longTerm);
    memory.fill((byte) 0x5A);
    assertThat(run(BlockOperation.WRITE, key(ephemeral, 4096), 9, 8)).isEqualTo(BlockStatus.OK);
    engine.powerCycle();
    assertThat(run(BlockOperation.READ, key(ephemeral, 4096), 9, 8)).isNotEqualTo(BlockStatus.OK);
    assertThatThrownBy(
            () ->
                host.keyslots()
                    .deriveSoftwareSecret(
                        MemorySegment.ofArray(ephemeral), MemorySegment.ofArray(new byte[32])))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_MESSAGE));
    byte[] again = prepare(longTerm);
    assertThat(again).isNotEqualTo(ephemeral);
    memory.fill((byte) 0);
    assertThat(run(BlockOperation.READ, key(again, 4096), 9, 8)).isEqualTo(BlockStatus.OK);
    assertThat(bytes(memory, 4096)).containsOnly(0x5A);
  }

  @Test
  void keysAreBackInTheirSlotsAfterResetAndSleep() throws Exception {
    bind(0x0302_0001);
    CryptoKey key = key(prepare(importKey(RAW)), 4096);
    memory.fill((byte) 0x5A);
    assertThat(run(BlockOperation.WRITE, key, 9, 8)).isEqualTo(BlockStatus.OK);
    host.reset();
    assertThat(run(BlockOperation.READ, key, 9, 8)).isEqualTo(BlockStatus.OK);
    host.suspend();
    host.resume();
    assertThat(run(BlockOperation.READ, key, 9, 8)).isEqualTo(BlockStatus.OK);
    assertThat(host.runtimeSuspend()).isTrue();
    memory.fill((byte) 0);
    assertThat(run(BlockOperation.READ, key, 9, 8)).isEqualTo(BlockStatus.OK);
    assertThat(bytes(memory, 4096)).containsOnly(0x5A);
  }

  @Test
  void anEvictedKeyIsGoneFromItsSlot() throws Exception {
    bind(0x0302_0001);
    CryptoKey key = key(prepare(importKey(RAW)), 512);
    int slot = host.keyslots().tryAcquire(key);
    assertThat(engine.check(true, slot, 0, 512).name()).isEqualTo("OK");
    host.keyslots().release(slot);
    host.keyslots().evict(key);
    assertThat(engine.check(true, slot, 0, 512).name()).isEqualTo("INVALID_CONFIGURATION");
  }

  /** Long-term, of another part, changed, cut and padded with something: none gets into a slot. */
  @Test
  void whatTheKeyManagerDidNotSealInThisCycleGetsIntoNoSlot() throws Exception {
    bind(0x0302_0001);
    byte[] longTerm = importKey(RAW);
    byte[] ephemeral = prepare(longTerm);
    byte[] changed = ephemeral.clone();
    changed[20] ^= 1;
    byte[] padded = ephemeral.clone();
    padded[99] = 1;
    for (byte[] wrong : List.of(longTerm, changed, padded, new byte[100])) {
      assertThatThrownBy(() -> host.keyslots().tryAcquire(key(wrong, 4096)))
          .isInstanceOf(KeyslotException.class);
      assertThat(run(BlockOperation.WRITE, key(wrong, 4096), 0, 8)).isNotEqualTo(BlockStatus.OK);
    }
    assertThat(onMedium(4096)).containsOnly(0);
    assertThatThrownBy(() -> prepare(changed))
        .isInstanceOfSatisfying(
            KeyslotException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_MESSAGE));
  }

  /**
   * Neither what was imported nor what is derived stays in memory, or passes a register or call.
   */
  @Test
  void noKeyIsSeenOutsideTheSilicon() throws Exception {
    bind(0x0302_0001);
    MemorySegment room = room();
    byte[] generated = bytes(room, host.keyslots().generateKey(room));
    assertThat(generated).hasSize(100).isNotEqualTo(importKey(RAW));
    CryptoKey key = key(prepare(importKey(RAW)), 512);
    assertThat(run(BlockOperation.WRITE, key, 5, 8)).isEqualTo(BlockStatus.OK);
    host.reset();
    for (byte[] secret : List.of(RAW, INLINE_KEY)) {
      var words = MemorySegment.ofArray(secret);
      for (int at = 0; at < secret.length; at += Integer.BYTES) {
        int word = words.get(ValueLayout.JAVA_INT_UNALIGNED, at);
        assertThat(written)
            .as("word %d", at)
            .doesNotContain((long) word, Integer.toUnsignedLong(word))
            .doesNotContain(
                (long) Integer.reverseBytes(word),
                Integer.toUnsignedLong(Integer.reverseBytes(word)));
      }
      String hex = HexFormat.of().formatHex(secret);
      assertThat(trace.events().toString() + key).doesNotContainIgnoringCase(hex);
      for (long bus = 1L << 32; bus < (1L << 32) + (64L << 20); bus += 4096) {
        MemorySegment page = dma.resolve(bus, 4096);
        if (page != null) {
          assertThat(HexFormat.of().formatHex(page.toArray(ValueLayout.JAVA_BYTE)))
              .as("page at %x", bus)
              .doesNotContain(hex);
        }
      }
    }
  }
}
