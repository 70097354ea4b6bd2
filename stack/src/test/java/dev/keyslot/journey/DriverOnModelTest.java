package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.testkit.XtsOracle;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The drivers on the model: what is written is ciphertext on the medium and plaintext when read.
 */
class DriverOnModelTest {

  /** 1 GiB: byte-addressed. */
  private static final long SMALL = 2L << 20;

  /** 4 GiB: sector-addressed. */
  private static final long LARGE = 8L << 20;

  private static byte[] keyBytes(int first) {
    byte[] key = new byte[64];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (first + i);
    }
    return key;
  }

  private static byte[] onMedium(ModelBench bench, long sector, int bytes) {
    MemorySegment into = MemorySegment.ofArray(new byte[bytes]);
    MemorySegment copy = java.lang.foreign.Arena.ofAuto().allocate(bytes);
    bench.media.read(sector * 512, copy);
    into.copyFrom(copy);
    return into.toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] pattern(long seed, int bytes) {
    byte[] pattern = new byte[bytes];
    new Random(seed).nextBytes(pattern);
    return pattern;
  }

  @ParameterizedTest
  @CsvSource({
    SMALL + ", 512",
    SMALL + ", 4096",
    LARGE + ", 512",
    LARGE + ", 4096",
  })
  void leavesTheOraclesCiphertextOnTheMediumAndReadsItBack(long sectors, int unit)
      throws ProbeException {
    try (ModelBench bench = new ModelBench(sectors)) {
      MmcHost host = bench.bind();
      assertThat(host.cardProblem()).isNull();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      CryptoKey key = DriverIo.key(0, unit, true);
      byte[] plain = pattern(1, 1 << 20);
      MemorySegment.copy(plain, 0, bench.memory, ValueLayout.JAVA_BYTE, 0, plain.length);
      Outcome write = io.data(BlockOperation.WRITE, 4096, 2048, key, 77);
      bench.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.OK);
      assertThat(bench.memory.asSlice(0, plain.length).toArray(ValueLayout.JAVA_BYTE))
          .as("plaintext is never modified")
          .isEqualTo(plain);
      assertThat(onMedium(bench, 4096, plain.length))
          .isEqualTo(new XtsOracle(keyBytes(0)).encrypt(77, unit, plain));
      bench.memory.asSlice(0, plain.length).fill((byte) 0);
      Outcome read = io.data(BlockOperation.READ, 4096, 2048, key, 77);
      bench.settle(host);
      assertThat(read.status()).isEqualTo(BlockStatus.OK);
      assertThat(bench.memory.asSlice(0, plain.length).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(plain);
    }
  }

  /** Task descriptors of 16 bytes with crypto and of 8 without, transfers of 16, 12 and 8 bytes. */
  @ParameterizedTest
  @CsvSource({
    "PLATFORM_64, BITS_64, true",
    "PLATFORM_64, BITS_64, false",
    "PCI_INTEL, BITS_64_SHORT, true",
    "PCI_INTEL, BITS_64_SHORT, false",
    "PLATFORM_32, BITS_32, true",
    "PLATFORM_32, BITS_32, false"
  })
  void agreesWithTheModelOnEachLengthOfDescriptors(
      HostIdentity identity, CqhciConfig.Addressing addressing, boolean crypto)
      throws ProbeException {
    try (ModelBench bench = ModelBench.faithful(LARGE, identity, 7)) {
      CqhciConfig config = new CqhciConfig(identity.cqhciBase(), addressing, false, true);
      MmcHost host = bench.bind(new SdhciPciDriver(config, crypto));
      assertThat(host.cardProblem()).isNull();
      assertThat(bench.controller.read32(identity.cqhciBase() + 0x08) >> 8 & 1)
          .as("CFG.TASK_128")
          .isEqualTo(crypto ? 1 : 0);
      CryptoKey key = crypto ? DriverIo.key(3, 4096, false) : null;
      byte[] plain = pattern(2, 200 * 4096);
      MemorySegment.copy(plain, 0, bench.memory, ValueLayout.JAVA_BYTE, 0, plain.length);
      Plug plug = new Plug();
      int[] done = new int[1];
      for (int i = 0; i < 200; i++) {
        Bio bio = new Bio().start(BlockOperation.WRITE, i * 16L, 8);
        bio.add(bench.memory.asSlice(i * 4096L, 4096));
        if (crypto) {
          bio.crypto(key, i * 2L);
        }
        host.queue().submit(plug, bio.completion((b, s) -> done[0] += s.ok() ? 1 : 0));
      }
      host.queue().finish(plug);
      bench.settle(host);
      host.queue().submit(new Bio().start(BlockOperation.FLUSH, 0, 0).completion((b, s) -> {}));
      bench.settle(host);
      assertThat(done[0]).isEqualTo(200);
      byte[] cut = slice(plain, 50);
      byte[] expected = crypto ? new XtsOracle(keyBytes(3)).encrypt(50 * 2, 4096, cut) : cut;
      assertThat(onMedium(bench, 50 * 16L, 4096)).isEqualTo(expected);
    }
  }

  private static byte[] slice(byte[] plain, int unit) {
    return java.util.Arrays.copyOfRange(plain, unit * 4096, (unit + 1) * 4096);
  }

  @ParameterizedTest
  @ValueSource(longs = {SMALL, LARGE})
  void trimsBecomeHolesThatReadZeroAndAreReported(long sectors) throws ProbeException {
    try (ModelBench bench = new ModelBench(sectors)) {
      MmcHost host = bench.bind();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      CryptoKey key = DriverIo.key(0, 4096, true);
      bench.memory.fill((byte) 0x5A);
      io.data(BlockOperation.WRITE, 0, 2048, key, 0);
      bench.settle(host);
      assertThat(host.queue().extent(0)).isEqualTo(2048);
      Outcome trim = io.plain(BlockOperation.WRITE_ZEROES, 512, 1024, true);
      bench.settle(host);
      assertThat(trim.status()).isEqualTo(BlockStatus.OK);
      assertThat(host.queue().extent(0)).isEqualTo(512);
      assertThat(host.queue().extent(520)).isEqualTo(-1016);
      Outcome read = io.data(BlockOperation.READ, 512, 1024, key, 64);
      bench.settle(host);
      assertThat(read.status()).isEqualTo(BlockStatus.OK);
      assertThat(
              bench
                  .memory
                  .asSlice(0, 1024 * 512)
                  .mismatch(MemorySegment.ofArray(new byte[1024 * 512])))
          .isEqualTo(-1);
    }
  }

  @Test
  void keepsKeysThroughAHardwareReset() throws ProbeException {
    try (ModelBench bench = new ModelBench(LARGE)) {
      MmcHost host = bench.bind();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      CryptoKey key = DriverIo.key(9, 4096, true);
      byte[] plain = pattern(3, 4096);
      MemorySegment.copy(plain, 0, bench.memory, ValueLayout.JAVA_BYTE, 0, plain.length);
      io.data(BlockOperation.WRITE, 0, 8, key, 5);
      bench.settle(host);
      host.reset();
      bench.memory.fill((byte) 0);
      Outcome read = io.data(BlockOperation.READ, 0, 8, key, 5);
      bench.settle(host);
      assertThat(read.status()).isEqualTo(BlockStatus.OK);
      assertThat(bench.memory.asSlice(0, 4096).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
    }
  }

  @Test
  void requestsInFlightSurviveAResetOfEverything() throws ProbeException {
    try (ModelBench bench = new ModelBench(LARGE)) {
      MmcHost host = bench.bind();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      CryptoKey key = DriverIo.key(9, 4096, true);
      Outcome[] writes = new Outcome[31];
      for (int i = 0; i < writes.length; i++) {
        writes[i] = io.data(BlockOperation.WRITE, i * 64L, 8, key, i);
      }
      host.reset();
      bench.settle(host);
      for (Outcome write : writes) {
        assertThat(write.status()).isEqualTo(BlockStatus.OK);
        assertThat(write.calls()).isEqualTo(1);
      }
    }
  }

  @Test
  void suspendsAndResumesOverAndOver() throws ProbeException {
    try (ModelBench bench = new ModelBench(LARGE)) {
      MmcHost host = bench.bind();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      CryptoKey key = DriverIo.key(9, 512, true);
      for (int i = 0; i < 100; i++) {
        byte[] plain = pattern(i, 512);
        MemorySegment.copy(plain, 0, bench.memory, ValueLayout.JAVA_BYTE, 0, plain.length);
        Outcome write = io.data(BlockOperation.WRITE, i, 1, key, i);
        host.suspend();
        assertThat(write.status()).as("cycle %d", i).isEqualTo(BlockStatus.OK);
        Outcome parked = io.data(BlockOperation.READ, i, 1, key, i);
        host.queue().poll();
        assertThat(parked.status()).isNull();
        host.resume();
        bench.settle(host);
        assertThat(parked.status()).as("cycle %d", i).isEqualTo(BlockStatus.OK);
        assertThat(bench.memory.asSlice(0, 512).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
      }
    }
  }

  /** Each waking maps descriptors anew; 2,048 such regions fill the addresses below 4 GiB. */
  @Test
  void aHostOf32BitsSleepsMoreOftenThanItHasAddresses() throws ProbeException {
    try (ModelBench bench = ModelBench.faithful(LARGE, HostIdentity.PLATFORM_32, 7)) {
      CqhciConfig config =
          new CqhciConfig(
              HostIdentity.PLATFORM_32.cqhciBase(), CqhciConfig.Addressing.BITS_32, false, true);
      MmcHost host = bench.bind(new SdhciPciDriver(config, true));
      for (int i = 0; i < 2_100; i++) {
        assertThat(host.runtimeSuspend()).as("cycle %d", i).isTrue();
        Outcome read =
            new DriverIo(host.queue(), bench.memory).data(BlockOperation.READ, 0, 8, null, 0);
        bench.settle(host);
        assertThat(read.status()).as("cycle %d", i).isEqualTo(BlockStatus.OK);
      }
    }
  }

  @Test
  void bindsAndUnbindsAThousandTimesWithoutALeak() throws ProbeException {
    try (ModelBench bench = new ModelBench(LARGE)) {
      int regions = bench.dma.regionCount();
      for (int i = 0; i < 1000; i++) {
        MmcHost host = bench.bind();
        assertThat(host.cardProblem()).as("cycle %d", i).isNull();
        assertThat(bench.device.unbind()).isEmpty();
        assertThat(host.keyslots().initialised()).isFalse();
      }
      assertThat(bench.dma.regionCount()).isEqualTo(regions);
      assertThat(bench.device.resourceCount()).isZero();
    }
  }
}
