package dev.keyslot.bench;

import dev.keyslot.base.Agent;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Drive;
import dev.keyslot.base.Parker;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.host.volume.DunRule;
import dev.keyslot.host.volume.Volume;
import dev.keyslot.host.volume.VolumeSpec;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does the volume room cost for one request, over a block device that does nothing?
 *
 * <p>One thread, turns of 31 requests of 4 KiB; the figure is for one request. {@code odd} requests
 * start 512 bytes into a data unit: each is a bounce of two units under a lock.
 */
public class VolumePathBench extends RoomBench {

  private static final int REQUESTS = 31;
  private static final int BYTES = 4096;

  /** Everything is done as soon as it is submitted. */
  private static final class NullDevice implements BlockDevice {
    @Override
    public QueueLimits limits() {
      return new QueueLimits(1L << 30, REQUESTS, 2048, 256, 1 << 20, 1 << 20);
    }

    @Override
    public void submit(Bio bio) {
      bio.take();
      bio.complete(BlockStatus.OK);
    }

    @Override
    public void submit(Plug plug, Bio bio) {
      submit(bio);
    }

    @Override
    public void finish(Plug plug) {}

    @Override
    public int poll() {
      return 0;
    }

    @Override
    public long extent(long sector) {
      return (1L << 30) - sector;
    }

    @Override
    public boolean supports(BlockOperation operation) {
      return true;
    }

    @Override
    public boolean cryptoSupported(CryptoConfig config) {
      return true;
    }

    @Override
    public BlockStatus startUsingKey(CryptoKey key) {
      return BlockStatus.OK;
    }

    @Override
    public void evictKey(CryptoKey key) {}
  }

  /** Has nothing to do. */
  private static final class Idle implements Agent {
    @Override
    public int doWork() {
      return 0;
    }

    @Override
    public String roleName() {
      return "idle";
    }
  }

  /** Nothing ever waits here. */
  private static final class NoParker implements Parker {
    @Override
    public void park(Object blocker, long timeoutNanos) {}

    @Override
    public void unpark(Thread thread) {}
  }

  @Param({"READ", "WRITE"})
  ExportRequest.Kind kind;

  @Param({"aligned", "odd"})
  String layout;

  private final ExportRequest[] requests = new ExportRequest[REQUESTS];
  private final MemorySegment[] memory = new MemorySegment[REQUESTS];
  private Volume volume;

  @Setup
  public void prepare() {
    CryptoKey key = BenchKeys.ring(1, false)[0];
    BufferPool pool = new BufferPool(8);
    volume =
        new Volume(
            new VolumeSpec(
                "bench",
                "",
                0,
                1L << 30,
                BYTES,
                DunRule.FROM_ZERO,
                false,
                DiscardPolicy.DEALLOCATE),
            new NullDevice(),
            key,
            new Drive(new NoParker(), () -> false, new Idle()),
            pool);
    for (int i = 0; i < REQUESTS; i++) {
      requests[i] = new ExportRequest();
      memory[i] = pool.region().asSlice((long) i * BYTES, BYTES);
    }
  }

  @Benchmark
  @OperationsPerInvocation(REQUESTS)
  public ExportRequest run() {
    long start = layout.equals("odd") ? 512 : 0;
    for (int i = 0; i < REQUESTS; i++) {
      requests[i].start(kind, start + (long) i * 2 * BYTES, BYTES).data(memory[i]);
    }
    volume.run(requests, REQUESTS);
    return requests[0];
  }
}
