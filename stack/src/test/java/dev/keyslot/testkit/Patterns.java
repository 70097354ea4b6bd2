package dev.keyslot.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Recognisable content for tests: each function states its rule, so that a dump can be read. */
public final class Patterns {

  private Patterns() {}

  /** Byte i is {@code first + i}: keys such as 00 01 .. 3f. */
  public static byte[] ascending(int first, int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }

  /** Byte i is {@code 7 i + i / 256}: no two blocks of 16 in 4096 bytes are equal. */
  public static byte[] sevens(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (7 * i + (i >> 8));
    }
    return bytes;
  }

  /** All bytes are {@code value}. */
  public static byte[] filled(int value, int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /**
   * Blocks of 16 bytes, each unique: a tag of eight bytes, then the block's number from {@code
   * firstBlock}, both little-endian. To search a medium for plaintext.
   */
  public static byte[] numberedBlocks(long tag, long firstBlock, int count) {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    for (long block = firstBlock; buffer.hasRemaining(); block++) {
      buffer.putLong(tag).putLong(block);
    }
    return buffer.array();
  }
}
