package dev.keyslot.bench;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockDriver;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/**
 * What does the block layer cost for one bio, from submission to completion?
 *
 * <p>One thread, plugs of 31 bios of 4 KiB, a driver that completes at once; the figure is for one
 * bio. {@code apart} forms 31 requests, {@code neighbours} merges all bios into one or two.
 */
public class RequestPathBench extends RoomBench {

  private static final int BIOS = 31;
  private static final int SECTORS = 8;

  /** A driver that has everything done by the next poll. */
  private static final class NullDriver implements BlockDriver {
    private final BlockRequest[] taken = new BlockRequest[BIOS];
    private int count;

    @Override
    public QueueLimits limits() {
      return new QueueLimits(1L << 30, BIOS, 2048, 256, 1 << 20, 1 << 20);
    }

    @Override
    public Disposition queue(BlockRequest request) {
      taken[count++] = request;
      return Disposition.TAKEN;
    }

    @Override
    public void commit() {}

    @Override
    public int poll() {
      int done = count;
      count = 0;
      for (int i = 0; i < done; i++) {
        taken[i].complete(BlockStatus.OK);
      }
      return done;
    }

    @Override
    public long extent(long sector) {
      return (1L << 30) - sector;
    }

    @Override
    public boolean supports(BlockOperation operation) {
      return true;
    }
  }

  @Param({"apart", "neighbours"})
  String layout;

  @Param({"false", "true"})
  boolean encrypted;

  private final RequestQueue queue = new RequestQueue(new NullDriver());
  private final Plug plug = new Plug();
  private final Bio[] bios = new Bio[BIOS];
  private final MemorySegment[] memory = new MemorySegment[BIOS];
  private CryptoKey key;
  private int completed;

  @Setup
  public void prepare() {
    KeyslotManager manager = new KeyslotManager();
    manager.init(32);
    manager.setOps(
        new KeyslotOps() {
          @Override
          public void program(int slot, CryptoKey programmed) {}

          @Override
          public void evict(int slot, CryptoKey evicted) {}
        });
    manager.setMaxDunBytes(4);
    manager.setDataUnitMask(CryptoMode.AES_256_XTS, 4096);
    manager.addKeyType(KeyType.RAW);
    queue.setKeyslotManager(manager);
    key = BenchKeys.ring(1, false)[0];
    for (int i = 0; i < BIOS; i++) {
      bios[i] = new Bio();
      memory[i] = Arena.global().allocate(4096, 4096);
    }
  }

  private void done(Bio bio, BlockStatus status) {
    completed++;
  }

  @Benchmark
  @OperationsPerInvocation(BIOS)
  public int submitAndComplete() {
    long apart = layout.equals("apart") ? 1000 : SECTORS;
    for (int i = 0; i < BIOS; i++) {
      Bio bio = bios[i].start(BlockOperation.WRITE, i * apart, SECTORS).add(memory[i]);
      if (encrypted) {
        bio.crypto(key, i * apart / SECTORS);
      }
      queue.submit(plug, bio.completion(this::done));
    }
    queue.finish(plug);
    queue.poll();
    return completed;
  }
}
