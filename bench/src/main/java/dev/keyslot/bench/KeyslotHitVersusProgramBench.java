package dev.keyslot.bench;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What does it cost to take and give back a keyslot when the key is there, and when it is not?
 *
 * <p>One thread, hardware that does nothing: the cost of the bookkeeping alone. {@code keys} at or
 * below the number of slots always hits; above it, taken in turn, it never does.
 */
public class KeyslotHitVersusProgramBench extends RoomBench {

  private static final int SLOTS = 32;

  @Param({"1", "32", "33"})
  int keys;

  private final KeyslotManager manager = new KeyslotManager();
  private CryptoKey[] ring;
  private int next;

  @Setup
  public void makeKeys() {
    manager.init(SLOTS);
    manager.setOps(
        new KeyslotOps() {
          @Override
          public void program(int slot, CryptoKey key) {}

          @Override
          public void evict(int slot, CryptoKey key) {}
        });
    ring = BenchKeys.ring(keys, true);
  }

  @TearDown
  public void forget() {
    manager.destroy();
    for (CryptoKey key : ring) {
      key.close();
    }
  }

  @Benchmark
  public int acquireAndRelease() throws KeyslotException {
    next = next + 1 == keys ? 0 : next + 1;
    int slot = manager.tryAcquire(ring[next]);
    manager.release(slot);
    return slot;
  }
}
