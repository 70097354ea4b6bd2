package dev.keyslot.testkit.host;

import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.link.bus.DmaSpace;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Bios for tests, and a look at the descriptors they became. */
public final class DriverIo {

  private final RequestQueue queue;
  private final MemorySegment memory;

  public DriverIo(RequestQueue queue, MemorySegment memory) {
    this.queue = queue;
    this.memory = memory;
  }

  /** A bio's outcome; null while it is under way. */
  public static final class Outcome {
    private BlockStatus status;
    private int calls;

    public BlockStatus status() {
      return status;
    }

    public int calls() {
      return calls;
    }

    private void done(BlockStatus newStatus) {
      status = newStatus;
      calls++;
    }
  }

  /** Submits one data bio over the first bytes of the memory. */
  public Outcome data(BlockOperation operation, long sector, int sectors, CryptoKey key, long dun) {
    Outcome outcome = new Outcome();
    Bio bio = new Bio().start(operation, sector, sectors);
    bio.add(memory.asSlice(0, sectors * 512L));
    if (key != null) {
      bio.crypto(key, dun);
    }
    queue.submit(bio.completion((done, status) -> outcome.done(status)));
    return outcome;
  }

  /** Submits a write that must be durable when it completes. */
  public Outcome writeFua(long sector, int sectors) {
    Outcome outcome = new Outcome();
    Bio bio = new Bio().start(BlockOperation.WRITE, sector, sectors).fua(true);
    bio.add(memory.asSlice(0, sectors * 512L));
    queue.submit(bio.completion((done, status) -> outcome.done(status)));
    return outcome;
  }

  /** Submits a bio without data. */
  public Outcome plain(BlockOperation operation, long sector, long sectors, boolean fua) {
    Outcome outcome = new Outcome();
    Bio bio = new Bio().start(operation, sector, sectors).fua(fua);
    queue.submit(bio.completion((done, status) -> outcome.done(status)));
    return outcome;
  }

  /** Key bytes {@code first}, {@code first + 1}, and so on. */
  public static CryptoKey key(int first, int dataUnitBytes, boolean zeroRule) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(64);
      for (int i = 0; i < 64; i++) {
        bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (first + i));
      }
      CryptoConfig config =
          new CryptoConfig(CryptoMode.AES_256_XTS, dataUnitBytes, 4, KeyType.RAW, zeroRule);
      return CryptoKey.of(config, bytes);
    }
  }

  /** Word {@code word} of the 128-bit task descriptor in {@code slot}; strides typed by hand. */
  public static long task(ScriptedWindow window, DmaSpace dma, int slot, int word) {
    long base =
        Integer.toUnsignedLong(window.get(ScriptedWindow.CQ + 0x20))
            | Integer.toUnsignedLong(window.get(ScriptedWindow.CQ + 0x24)) << 32;
    return dma.resolve(base + slot * 32L + word * 8L, 8).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
  }
}
