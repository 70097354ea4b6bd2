package dev.keyslot.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A card without command queue is served command by command, and never with a lost encryption. */
class CardWithoutQueueTest {

  /** 1 GiB, byte-addressed, and 4 GiB, sector-addressed. */
  private static ModelBench bench(long sectors) {
    CardProfile profile =
        new CardProfile(
            sectors,
            0,
            512,
            0,
            1,
            true,
            CardProfile.CacheKind.MEDIUM,
            CardProfile.Readiness.AT_ONCE,
            CardProfile.served(sectors).loss(),
            0,
            Set.of());
    return new ModelBench(
        profile, EngineConfig.served(), ControllerConfig.served(1), new HeapMedia(sectors * 512));
  }

  @ParameterizedTest
  @ValueSource(longs = {2L << 20, 8L << 20})
  void readsWritesTrimsAndTellsHoles(long sectors) throws ProbeException {
    try (ModelBench bench = bench(sectors)) {
      MmcHost host = bench.bind();
      assertThat(host.cardProblem()).isNull();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      byte[] plain = new byte[1 << 20];
      new Random(5).nextBytes(plain);
      MemorySegment.copy(plain, 0, bench.memory, ValueLayout.JAVA_BYTE, 0, plain.length);
      Outcome write = io.data(BlockOperation.WRITE, 0x1000, 2048, null, 0);
      bench.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.OK);
      bench.memory.fill((byte) 0);
      Outcome read = io.data(BlockOperation.READ, 0x1000, 2048, null, 0);
      Outcome durable = io.plain(BlockOperation.FLUSH, 0, 0, false);
      bench.settle(host);
      assertThat(read.status()).isEqualTo(BlockStatus.OK);
      assertThat(durable.status()).isEqualTo(BlockStatus.OK);
      assertThat(bench.memory.asSlice(0, plain.length).toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(plain);
      Outcome trim = io.plain(BlockOperation.WRITE_ZEROES, 0x1200, 0x200, true);
      bench.settle(host);
      assertThat(trim.status()).isEqualTo(BlockStatus.OK);
      assertThat(host.queue().extent(0x1000)).isEqualTo(0x200);
      assertThat(host.queue().extent(0x1204)).isEqualTo(-0x1FC);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {2L << 20, 8L << 20})
  void leavesEncryptionToTheFallbackAbove(long sectors) throws ProbeException {
    try (ModelBench bench = bench(sectors)) {
      MmcHost host = bench.bind();
      assertThat(host.has(MmcHost.CAP2_CRYPTO)).isTrue();
      assertThat(host.queue().keyslotManager()).isNull();
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      Outcome write = io.data(BlockOperation.WRITE, 0, 8, DriverIo.key(1, 4096, false), 0);
      bench.settle(host);
      assertThat(write.status()).isEqualTo(BlockStatus.NOTSUPP);
      assertThat(host.queue().extent(0)).as("nothing reached the medium").isNegative();
    }
  }
}
