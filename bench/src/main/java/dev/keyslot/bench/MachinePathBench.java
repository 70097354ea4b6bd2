package dev.keyslot.bench;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.Machine;
import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.Drive;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BioCompletion;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.model.media.NullMedia;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does one request of 4 KiB cost from the block layer to a medium that forgets, and back?
 *
 * <p>One thread, a plug of 8 writes, 8 keyslots. {@code keys} 0 is plain data; 1 finds its key; 64,
 * taken in turn, programs a slot for each request.
 */
public class MachinePathBench extends RoomBench {

  private static final int BIOS = 8;
  private static final int SECTORS = 8;
  private static final int UNIT_BYTES = 4096;

  /** What this thread started and waits for. */
  private static final class Batch extends Drive.Turn {
    void start(int count) {
      begin(count);
    }
  }

  @Param({"0", "1", "64"})
  int keys;

  private final Plug plug = new Plug();
  private final Batch batch = new Batch();
  private final Bio[] bios = new Bio[BIOS];
  private final MemorySegment memory = Arena.global().allocate(BIOS * UNIT_BYTES, UNIT_BYTES);
  private final MemorySegment[] data = new MemorySegment[BIOS];
  private final BioCompletion whenDone = this::done;
  private Machine machine;
  private CryptoKey[] ring;
  private int next;

  /** What the driver is given in place of the model's registers. */
  SiliconProbe silicon() {
    return SiliconProbe.NONE;
  }

  /** The card is up. */
  void ready() {}

  @Setup
  public void build() throws StackException {
    machine =
        new Machine(
            MachineConfig.served(
                XtsEngines.fastest(UNIT_BYTES),
                new HostChoice(HostKind.SDHCI_PCI, BIOS),
                silicon()),
            new NullMedia(1L << 30));
    ready();
    machine.map(memory);
    ring = BenchKeys.ring(keys, true);
    for (int i = 0; i < BIOS; i++) {
      bios[i] = new Bio();
      data[i] = memory.asSlice((long) i * UNIT_BYTES, UNIT_BYTES);
    }
  }

  @TearDown
  public void takeApart() throws StackException {
    machine.close();
    for (CryptoKey key : ring) {
      key.close();
    }
  }

  private void done(Bio bio, BlockStatus status) {
    if (!status.ok()) {
      throw new IllegalStateException("write must succeed: status=" + status);
    }
    batch.finishOne(machine.drive().parker());
  }

  @Benchmark
  @OperationsPerInvocation(BIOS)
  public int writeAndWait() {
    batch.start(BIOS);
    for (int i = 0; i < BIOS; i++) {
      Bio bio = bios[i].start(BlockOperation.WRITE, i * 1000L, SECTORS).add(data[i]);
      if (keys > 0) {
        next = next + 1 == keys ? 0 : next + 1;
        bio.crypto(ring[next], i);
      }
      machine.queue().submit(plug, bio.completion(whenDone));
    }
    machine.queue().finish(plug);
    machine.drive().until(batch);
    return next;
  }
}
