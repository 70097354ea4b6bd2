package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.keyslot.base.Checks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/**
 * Known answers that an engine must give before it may touch data: both directions, units of 512
 * and 4096 bytes, single and in a run, up to the largest data unit number of an eMMC task.
 *
 * <p>Plaintext is zeros, so a right decryption is zeros again. Takes some tens of microseconds of
 * cipher work.
 */
final class XtsSelfTest {

  /** AES-256-XTS, key bytes 00 01 .. 3f, plaintext zeros: first and last 16 bytes of the unit. */
  private record Vector(long dun, int unitBytes, String first, String last) {}

  private static final Vector[] VECTORS = {
    new Vector(0, 512, "cd6b103236fbd87dba93e9001e29bc3d", "226790136af4ae079c61a907ba497df2"),
    new Vector(1, 512, "0c22ed7e2168a8500b30154c2ec00d26", "a1fe130460ec6322bc846036dc6cc47b"),
    new Vector(
        0x12345678L, 512, "534f72d1a1802871a12c4fee13ab7396", "726b9beab391e13f30d967391ba69dd6"),
    new Vector(
        0xFFFFFFFFL, 512, "38bb257183b90cbfc2b18e728da0fb18", "9e76f516e31d8efae1266b9fae876cea"),
    new Vector(1, 4096, "0c22ed7e2168a8500b30154c2ec00d26", "b4bae9dfbd722685aeffb5aa54767040"),
  };

  private XtsSelfTest() {}

  /**
   * Returns {@code engine} if its answers are right.
   *
   * @throws IllegalStateException naming the engine and the vector, if one is wrong
   */
  static Xts passed(Xts engine) {
    byte[] keyBytes = new byte[64];
    for (int i = 0; i < keyBytes.length; i++) {
      keyBytes[i] = (byte) i;
    }
    try (Arena arena = Arena.ofConfined();
        XtsKey key = engine.newKey(MemorySegment.ofArray(keyBytes))) {
      MemorySegment memory = arena.allocate(4096);
      for (Vector vector : VECTORS) {
        check(engine, key, vector, memory.asSlice(0, vector.unitBytes()));
      }
      check(engine, key, VECTORS[0], memory);
    }
    return engine;
  }

  /** Fills {@code memory} with units from the vector's on; all come back, the first is compared. */
  private static void check(Xts engine, XtsKey key, Vector vector, MemorySegment memory) {
    int bytes = vector.unitBytes();
    memory.fill((byte) 0);
    key.encrypt(vector.dun(), 0, bytes, memory, memory);
    boolean encrypts =
        hex(memory, 0).equals(vector.first()) && hex(memory, bytes - 16L).equals(vector.last());
    key.decrypt(vector.dun(), 0, bytes, memory, memory, false);
    boolean decrypts =
        memory.mismatch(MemorySegment.ofArray(new byte[(int) memory.byteSize()])) == -1;
    Checks.that(
        encrypts && decrypts,
        "cipher engine must pass its self-test: engine=%s dun=%d unitBytes=%d bytes=%d"
            + " encrypts=%b decrypts=%b",
        engine.name(),
        vector.dun(),
        bytes,
        memory.byteSize(),
        encrypts,
        decrypts);
  }

  private static String hex(MemorySegment segment, long at) {
    return HexFormat.of().formatHex(segment.asSlice(at, 16).toArray(JAVA_BYTE));
  }
}
