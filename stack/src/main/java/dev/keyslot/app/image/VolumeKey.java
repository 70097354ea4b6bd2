package dev.keyslot.app.image;

import dev.keyslot.base.Checks;
import dev.keyslot.base.posix.PosixMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/**
 * The 64 bytes of an AES-256-XTS key on their way from a key file to the block layer.
 *
 * <p>Off-heap on a page of its own, out of core dumps and, where limits allow, of swap; wiped on
 * close, lent and never handed out; equality is identity. Owned by whoever opened the image. Safe
 * from any thread until closed.
 */
public final class VolumeKey implements AutoCloseable {

  /** Two AES-256 keys. */
  public static final int BYTES = 64;

  private static final int PAGE_BYTES = 4096;
  private static final int HALF_BYTES = BYTES / 2;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;

  /** Copies {@code key}; the caller wipes his own. */
  VolumeKey(MemorySegment key) {
    Checks.argument(
        key.byteSize() == BYTES, "key must have %d bytes: bytes=%d", BYTES, key.byteSize());
    MemorySegment page = arena.allocate(PAGE_BYTES, PAGE_BYTES);
    PosixMemory.keepOutOfCoreDumps(page); // best effort, as is the lock: limits may forbid it
    PosixMemory.lockInMemory(page);
    bytes = page.asSlice(0, BYTES);
    bytes.copyFrom(key);
  }

  /** Lends the bytes for the length of the call; {@code user} keeps no reference. */
  public void withBytes(Consumer<MemorySegment> user) {
    user.accept(bytes.asReadOnly());
  }

  /** Whether both keys have the same bytes; takes the same time for any two keys. */
  boolean sameBytes(VolumeKey other) {
    return difference(bytes, 0, other.bytes, 0, BYTES) == 0;
  }

  /** XTS is weak with both halves equal, and standards forbid it. */
  boolean equalHalves() {
    return difference(bytes, 0, bytes, HALF_BYTES, HALF_BYTES) == 0;
  }

  private static int difference(
      MemorySegment left, int leftAt, MemorySegment right, int rightAt, int length) {
    int seen = 0;
    for (int i = 0; i < length; i++) {
      seen |=
          left.get(ValueLayout.JAVA_BYTE, leftAt + i)
              ^ right.get(ValueLayout.JAVA_BYTE, rightAt + i);
    }
    return seen;
  }

  /** Wipes the bytes. Twice does no harm. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      bytes.fill((byte) 0);
      arena.close();
    }
  }

  @Override
  public String toString() {
    return "VolumeKey[" + BYTES + " bytes]";
  }
}
