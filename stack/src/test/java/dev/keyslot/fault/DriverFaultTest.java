package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.ForwardingMedia;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** A medium that fails: the request concerned gets its error, the others and the volume go on. */
class DriverFaultTest {

  private static final long SECTORS = 8L << 20;

  /** A medium on the heap of which one sector cannot be read, or written, or that is full. */
  private static final class SickMedia extends ForwardingMedia {
    private long badByte = -1;
    private MediaOutcome verdict = MediaOutcome.DONE;
    private boolean flushFails;

    private SickMedia() {
      super(new HeapMedia(SECTORS * 512));
    }

    private boolean hits(long offset, long length) {
      return badByte >= offset && badByte < offset + length;
    }

    @Override
    public MediaOutcome read(long offset, MemorySegment into) {
      return hits(offset, into.byteSize()) ? verdict : super.read(offset, into);
    }

    @Override
    public MediaOutcome write(long offset, MemorySegment from) {
      return hits(offset, from.byteSize()) ? verdict : super.write(offset, from);
    }

    @Override
    public MediaOutcome punch(long offset, long length) {
      return hits(offset, length) ? verdict : super.punch(offset, length);
    }

    @Override
    public MediaOutcome flush() {
      return flushFails ? MediaOutcome.FAILED : super.flush();
    }
  }

  private final SickMedia media = new SickMedia();
  private final ModelBench bench =
      new ModelBench(
          CardProfile.served(SECTORS), EngineConfig.served(), ControllerConfig.served(1), media);
  private final CryptoKey key = DriverIo.key(1, 4096, true);

  private Outcome[] thirtyOne(DriverIo io, BlockOperation operation) {
    Outcome[] outcomes = new Outcome[31];
    for (int i = 0; i < outcomes.length; i++) {
      outcomes[i] = io.data(operation, i * 64L, 8, key, i);
    }
    return outcomes;
  }

  private static void onlyOneFailed(Outcome[] outcomes, int failed, BlockStatus status) {
    for (int i = 0; i < outcomes.length; i++) {
      assertThat(outcomes[i].calls()).as("request %d", i).isEqualTo(1);
      assertThat(outcomes[i].status())
          .as("request %d", i)
          .isEqualTo(i == failed ? status : BlockStatus.OK);
    }
  }

  @Test
  void aSectorThatCannotBeReadFailsOneOfThirtyOneReads() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.badByte = 17 * 64 * 512L;
    media.verdict = MediaOutcome.FAILED;
    Outcome[] reads = thirtyOne(io, BlockOperation.READ);
    bench.settle(host);
    onlyOneFailed(reads, 17, BlockStatus.MEDIUM);
  }

  @Test
  void aFullMediumFailsOneOfThirtyOneWritesWithNoSpace() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.badByte = 5 * 64 * 512L;
    media.verdict = MediaOutcome.FULL;
    Outcome[] writes = thirtyOne(io, BlockOperation.WRITE);
    bench.settle(host);
    onlyOneFailed(writes, 5, BlockStatus.NOSPC);
    media.badByte = -1;
    Outcome[] again = thirtyOne(io, BlockOperation.WRITE);
    bench.settle(host);
    onlyOneFailed(again, -1, BlockStatus.OK);
  }

  @Test
  void aFailingSectorFailsTheWriteWithAnIoError() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.badByte = 0;
    media.verdict = MediaOutcome.FAILED;
    Outcome write = io.data(BlockOperation.WRITE, 0, 8, key, 0);
    bench.settle(host);
    assertThat(write.status()).isEqualTo(BlockStatus.IOERR);
  }

  @Test
  void aFlushThatFailsIsAnErrorAndStaysOne() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.flushFails = true;
    Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
    bench.settle(host);
    assertThat(flush.status()).isEqualTo(BlockStatus.IOERR);
    Outcome durable = io.writeFua(0, 8);
    bench.settle(host);
    assertThat(durable.status()).isEqualTo(BlockStatus.IOERR);
  }

  @Test
  void aTrimThatFailsIsAnErrorAndTheNextOneWorks() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.badByte = 0;
    media.verdict = MediaOutcome.FAILED;
    Outcome trim = io.plain(BlockOperation.DISCARD, 0, 8, false);
    Outcome other = io.plain(BlockOperation.DISCARD, 64, 8, false);
    bench.settle(host);
    assertThat(trim.status()).isEqualTo(BlockStatus.IOERR);
    assertThat(other.status()).isEqualTo(BlockStatus.OK);
  }

  @Test
  void recoveryNeverTakesKeysAway() throws ProbeException {
    MmcHost host = bench.bind();
    DriverIo io = new DriverIo(host.queue(), bench.memory);
    media.badByte = 0;
    media.verdict = MediaOutcome.FAILED;
    io.data(BlockOperation.WRITE, 0, 8, key, 0);
    bench.settle(host);
    bench.memory.fill((byte) 0x77);
    io.data(BlockOperation.WRITE, 64, 8, key, 0);
    bench.settle(host);
    bench.memory.fill((byte) 0);
    Outcome read = io.data(BlockOperation.READ, 64, 8, key, 0);
    bench.settle(host);
    assertThat(read.status()).isEqualTo(BlockStatus.OK);
    assertThat(bench.memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 4095))
        .isEqualTo((byte) 0x77);
  }
}
