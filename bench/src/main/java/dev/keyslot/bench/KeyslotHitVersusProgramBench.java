package dev.keyslot.bench;

import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What does it cost to take and give back a keyslot when the key is there, and when it is not?
 *
 * <p>One thread, hardware that does nothing: the cost of the bookkeeping alone. {@code keys} at or
 * below the number of slots always hits; above it, taken in turn, it never does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 2,
    jvmArgsAppend = {
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow" // JMH's own
    })
public class KeyslotHitVersusProgramBench {

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
    SplittableRandom random = new SplittableRandom(1);
    ring = new CryptoKey[keys];
    for (int i = 0; i < keys; i++) {
      byte[] bytes = new byte[64];
      random.nextBytes(bytes);
      ring[i] =
          CryptoKey.of(
              new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, true),
              MemorySegment.ofArray(bytes));
    }
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
