package dev.keyslot.bench;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.base.cipher.XtsKey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * How many bytes a second does each cipher engine turn over, for each size of data unit?
 *
 * <p>One thread, AES-256-XTS, 128 KiB a call from one buffer to another: a piece that stays in the
 * second-level cache, as the data path cuts them. Read the column {@code mebibytes}; it is per
 * second.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class XtsBytesPerSecondBench extends RoomBench {

  private static final int CALL_BYTES = 128 << 10;

  /** Data turned over; JMH prints it as one more result. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Volume {
    public double mebibytes;

    void add() {
      mebibytes += CALL_BYTES / (double) (1 << 20);
    }
  }

  @Param({"vaes", "libcrypto", "jdk"})
  String engine;

  @Param({"512", "4096"})
  int unitBytes;

  private Arena arena;
  private MemorySegment from;
  private MemorySegment to;
  private XtsKey key;
  private long dun;

  @Setup
  public void open() {
    arena = Arena.ofShared();
    from = arena.allocate(CALL_BYTES, 4096);
    to = arena.allocate(CALL_BYTES, 4096);
    byte[] bytes = new byte[CALL_BYTES];
    new SplittableRandom(1).nextBytes(bytes);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, from, 0, CALL_BYTES);
    Xts xts = XtsEngines.byName(engine);
    key = xts.newKey(from.asSlice(0, 64));
  }

  @TearDown
  public void close() {
    key.close();
    arena.close();
  }

  @Benchmark
  public void encrypt(Volume volume) {
    key.encrypt(dun, 0, unitBytes, from, to);
    dun = (dun + CALL_BYTES / unitBytes) & 0xFFFF_FFFFL;
    volume.add();
  }

  @Benchmark
  public void decrypt(Volume volume) {
    key.decrypt(dun, 0, unitBytes, from, to, false);
    dun = (dun + CALL_BYTES / unitBytes) & 0xFFFF_FFFFL;
    volume.add();
  }
}
