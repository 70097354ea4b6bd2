package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.Media;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.SteppedStack;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the upper layers are promised, on every kind of host there is: one suite, one ciphertext.
 */
class EveryHostTest {

  /** A card of sector addresses above 2 GiB and one of byte addresses are both met. */
  private static final long SMALL_BYTES = 4 << 20;

  private static final long LARGE_BYTES = 3L << 30;
  private static final int SECTOR = 512;

  /** Far above what any host needs for some dozen requests. */
  private static final int STEPS_MAX = 100_000;

  static Stream<Arguments> hostsAndUnits() {
    return Arrays.stream(HostKind.values())
        .flatMap(kind -> Stream.of(Arguments.of(kind, 512), Arguments.of(kind, 4096)));
  }

  private static SteppedStack stack(HostChoice host, Media media, int unit) throws Exception {
    return new SteppedStack(
        media, unit, DiscardPolicy.DEALLOCATE, host, XtsEngines.byName("jdk"), SiliconProbe.NONE);
  }

  private static byte[] stored(Media media, long offsetBytes, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(count);
      media.read(offsetBytes, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @ParameterizedTest
  @MethodSource("hostsAndUnits")
  void leavesTheOraclesCiphertextAndReadsItBack(HostKind kind, int unit) throws Exception {
    byte[] plain = Seeds.bytes(Seeds.random(EveryHostTest.class), 768 << 10);
    long at = LARGE_BYTES - (1 << 20);
    try (HeapMedia media = new HeapMedia(LARGE_BYTES);
        SteppedStack stack = stack(HostChoice.of(kind), media, unit)) {
      MemorySegment data = stack.buffer(0).asSlice(0, plain.length);
      data.copyFrom(MemorySegment.ofArray(plain));
      assertThat(stack.runOne(new ExportRequest().start(Kind.WRITE, at, plain.length).data(data)))
          .isEqualTo(NbdError.OK);
      assertThat(data.toArray(ValueLayout.JAVA_BYTE)).as("plaintext untouched").isEqualTo(plain);
      assertThat(stored(media, at, plain.length))
          .isEqualTo(new XtsOracle(SteppedStack.key()).encrypt(at / unit, unit, plain));
      data.fill((byte) 0);
      assertThat(stack.runOne(new ExportRequest().start(Kind.READ, at, plain.length).data(data)))
          .isEqualTo(NbdError.OK);
      assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
    }
  }

  @ParameterizedTest
  @MethodSource("hostsAndUnits")
  void holesReadZeroAndTrimsMakeHoles(HostKind kind, int unit) throws Exception {
    try (HeapMedia media = new HeapMedia(SMALL_BYTES);
        SteppedStack stack = stack(HostChoice.of(kind), media, unit)) {
      BlockDevice queue = stack.machine().queue();
      MemorySegment data = stack.buffer(0).asSlice(0, 256 << 10);
      data.fill((byte) 0x5a);
      stack.runOne(new ExportRequest().start(Kind.READ, 1 << 20, 256 << 10).data(data));
      assertThat(data.toArray(ValueLayout.JAVA_BYTE))
          .as("never written")
          .isEqualTo(new byte[256 << 10]);
      data.fill((byte) 0x5a);
      stack.runOne(new ExportRequest().start(Kind.WRITE, 0, 256 << 10).data(data));
      assertThat(queue.extent(0)).as("data").isEqualTo((256 << 10) / SECTOR);
      assertThat(stack.runOne(new ExportRequest().start(Kind.TRIM, 64 << 10, 64 << 10).fua(true)))
          .isEqualTo(NbdError.OK);
      assertThat(queue.extent(0)).isEqualTo((64 << 10) / SECTOR);
      assertThat(queue.extent((64 << 10) / SECTOR)).isEqualTo(-(64 << 10) / SECTOR);
      stack.runOne(new ExportRequest().start(Kind.READ, 0, 256 << 10).data(data));
      byte[] expected = Patterns.filled(0x5a, 256 << 10);
      Arrays.fill(expected, 64 << 10, 128 << 10, (byte) 0);
      assertThat(data.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void flushAndFuaReachTheMedium(HostKind kind) throws Exception {
    AtomicInteger flushes = new AtomicInteger();
    try (HeapMedia heap = new HeapMedia(SMALL_BYTES);
        SteppedStack stack = stack(HostChoice.of(kind), counting(heap, flushes), 4096)) {
      MemorySegment data = stack.buffer(0).asSlice(0, 4096);
      stack.runOne(new ExportRequest().start(Kind.WRITE, 0, 4096).data(data));
      assertThat(flushes.get()).as("a plain write").isZero();
      assertThat(stack.runOne(new ExportRequest().start(Kind.FLUSH, 0, 0))).isEqualTo(NbdError.OK);
      assertThat(flushes.get()).as("a flush").isEqualTo(1);
      stack.runOne(new ExportRequest().start(Kind.WRITE, 0, 4096).data(data).fua(true));
      assertThat(flushes.get()).as("a write that must be durable").isEqualTo(2);
    }
  }

  private static Media counting(Media real, AtomicInteger flushes) {
    return (Media)
        Proxy.newProxyInstance(
            Media.class.getClassLoader(),
            new Class<?>[] {Media.class},
            (_, method, arguments) -> {
              if (method.getName().equals("flush")) {
                flushes.incrementAndGet();
              }
              return method.invoke(real, arguments);
            });
  }

  @ParameterizedTest
  @MethodSource("hostsAndUnits")
  void manyMixedRequestsMatchAShadow(HostKind kind, int unit) throws Exception {
    SplittableRandom random = Seeds.random(EveryHostTest.class);
    byte[] shadow = new byte[1 << 20];
    try (HeapMedia media = new HeapMedia(shadow.length);
        SteppedStack stack = stack(HostChoice.of(kind), media, unit)) {
      for (int round = 0; round < 40; round++) {
        ExportRequest[] batch = new ExportRequest[16];
        for (int i = 0; i < batch.length; i++) {
          batch[i] = draw(random, stack, i);
        }
        stack.run(batch);
        for (ExportRequest request : batch) {
          assertThat(request.error())
              .as("round %d %s", round, request.kind())
              .isEqualTo(NbdError.OK);
          settle(request, shadow);
        }
      }
    }
  }

  /** Request i of a batch keeps to its own 64 KiB: none overlaps another. */
  private static ExportRequest draw(SplittableRandom random, SteppedStack stack, int i) {
    Kind[] kinds = {Kind.READ, Kind.WRITE, Kind.WRITE, Kind.TRIM, Kind.WRITE_ZEROES};
    int offset = i * 65_536 + random.nextInt(32_768);
    int length = 1 + random.nextInt(32_767);
    if (random.nextBoolean()) {
      offset -= offset % 4096;
      length = Math.max(4096, length - length % 4096);
    }
    Kind kind = kinds[random.nextInt(kinds.length)];
    MemorySegment data = stack.buffer(0).asSlice(i * 65_536L, length);
    if (kind == Kind.WRITE) {
      data.copyFrom(MemorySegment.ofArray(Seeds.bytes(random, length)));
    }
    return new ExportRequest().start(kind, offset, length).data(data).fua(random.nextInt(4) == 0);
  }

  private static void settle(ExportRequest request, byte[] shadow) {
    MemorySegment here =
        MemorySegment.ofArray(shadow).asSlice(request.offsetBytes(), request.lengthBytes());
    switch (request.kind()) {
      case WRITE -> here.copyFrom(request.data());
      case READ -> assertThat(request.data().mismatch(here)).isEqualTo(-1);
      default -> here.fill((byte) 0);
    }
  }

  /** Nine keys over at most two slots, all in one plug: who finds no slot waits for one. */
  @ParameterizedTest
  @MethodSource("hostsAndUnits")
  void moreKeysThanSlotsStillEncryptEachWithItsOwn(HostKind kind, int unit) throws Exception {
    HostChoice host = kind.hasKeyslots() ? new HostChoice(kind, 2) : HostChoice.of(kind);
    int count = 9;
    List<CryptoKey> keys = new ArrayList<>();
    try (HeapMedia media = new HeapMedia(SMALL_BYTES);
        SteppedStack stack = stack(host, media, unit)) {
      BlockDevice queue = stack.machine().queue();
      Bios bios = new Bios();
      Plug plug = new Plug();
      for (int i = 0; i < 4 * count; i++) {
        MemorySegment data = stack.buffer(0).asSlice(i * 8192L, 8192);
        data.fill((byte) i);
        if (i < count) {
          keys.add(Bios.key(i, config(unit)));
          assertThat(queue.startUsingKey(keys.get(i)).ok()).isTrue();
        }
        Bio bio = bios.bio(BlockOperation.WRITE, i * 16L, data);
        queue.submit(plug, bio.crypto(keys.get(i % count), 1000L + i));
      }
      queue.finish(plug);
      List<String> outcomes = new ArrayList<>(bios.outcomes());
      for (int step = 0; step < STEPS_MAX && outcomes.size() < 4 * count; step++) {
        stack.machine().drive().step();
        outcomes.addAll(bios.outcomes());
      }
      assertThat(outcomes).hasSize(4 * count);
      assertThat(outcomes).allMatch(outcome -> outcome.endsWith(" OK"));
      for (int i = 0; i < 4 * count; i++) {
        assertThat(stored(media, i * 8192L, 8192))
            .as("bio %d", i)
            .isEqualTo(
                new XtsOracle(Patterns.ascending(i % count, 64))
                    .encrypt(1000L + i, unit, Patterns.filled(i, 8192)));
      }
      keys.forEach(queue::evictKey);
    } finally {
      keys.forEach(CryptoKey::close);
    }
  }

  private static CryptoConfig config(int unit) {
    return new CryptoConfig(CryptoMode.AES_256_XTS, unit, 4, KeyType.RAW, true);
  }

  @ParameterizedTest
  @EnumSource
  void theHostLineSaysWhoEncrypts(HostKind kind) throws Exception {
    try (HeapMedia media = new HeapMedia(SMALL_BYTES);
        SteppedStack stack = stack(HostChoice.of(kind), media, 4096)) {
      assertThat(stack.machine().hostLine())
          .isEqualTo(
              switch (kind) {
                case SDHCI_PCI ->
                    "sdhci-pci: the inline engine encrypts, 32 keyslots in its CRYPTOCFG registers";
                case SDHCI_ICE ->
                    "sdhci-ice: the inline engine encrypts, 32 keyslots in its CRYPTOCFG registers";
                case SDHCI_MSM ->
                    "sdhci-msm: the inline engine encrypts, 32 keyslots by secure calls";
                case INLINE_KEYS ->
                    "inline-keys: the inline engine encrypts, no keyslots, each task brings its"
                        + " key";
                case SDHCI_PLAIN ->
                    "sdhci-plain: no inline encryption, the block layer's fallback encrypts";
              });
    }
  }
}
