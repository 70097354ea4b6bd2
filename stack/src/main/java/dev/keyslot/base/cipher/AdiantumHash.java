package dev.keyslot.base.cipher;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The hash inside Adiantum: Poly1305 of length and tweak, plus Poly1305 of the NH hashes of the
 * text, modulo 2^128.
 *
 * <p>Numbers are little-endian. Stateless but for its keys.
 */
final class AdiantumHash {

  /** Header key, text key, NH key. */
  static final int KEY_BYTES = 16 + 16 + 1072;

  private static final int NH_BYTES = 1024;
  private static final int NH_PASSES = 4;
  private static final BigInteger PRIME =
      BigInteger.ONE.shiftLeft(130).subtract(BigInteger.valueOf(5));

  /** The bits of a Poly1305 key that are used. */
  private static final BigInteger CLAMP = new BigInteger("0ffffffc0ffffffc0ffffffc0fffffff", 16);

  private final BigInteger headerKey;
  private final BigInteger textKey;
  private final int[] nhKey = new int[1072 / 4];

  AdiantumHash(byte[] keys, int offset) {
    headerKey = number(keys, offset, 16).and(CLAMP);
    textKey = number(keys, offset + 16, 16).and(CLAMP);
    ByteBuffer words = ByteBuffer.wrap(keys).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < nhKey.length; i++) {
      nhKey[i] = words.getInt(offset + 32 + 4 * i);
    }
  }

  /** The hash of a tweak and the first {@code length} bytes of {@code text}. */
  BigInteger hash(byte[] tweak, byte[] text, int length) {
    ByteBuffer header = ByteBuffer.allocate(16 + tweak.length).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(8L * length).putLong(0).put(tweak);
    BigInteger sum = poly1305(headerKey, BigInteger.ZERO, header.array());
    BigInteger textHash = BigInteger.ZERO;
    for (int at = 0; at < length; at += NH_BYTES) {
      textHash = poly1305(textKey, textHash, nh(text, at, Math.min(NH_BYTES, length - at)));
    }
    return sum.mod(TWO_TO_128).add(textHash.mod(TWO_TO_128)).mod(TWO_TO_128);
  }

  static final BigInteger TWO_TO_128 = BigInteger.ONE.shiftLeft(128);

  /**
   * Goes on from {@code state} over blocks of 16 bytes, each with a one bit above its last byte.
   */
  private static BigInteger poly1305(BigInteger key, BigInteger state, byte[] message) {
    BigInteger result = state;
    for (int at = 0; at < message.length; at += 16) {
      int bytes = Math.min(16, message.length - at);
      BigInteger block = number(message, at, bytes).setBit(8 * bytes);
      result = result.add(block).multiply(key).mod(PRIME);
    }
    return result;
  }

  /** Four 64-bit sums of products, over text padded with zeros to 16 bytes. */
  private byte[] nh(byte[] text, int offset, int length) {
    long[] sums = new long[NH_PASSES];
    ByteBuffer unit = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < length; at += 16) {
      int bytes = Math.min(16, length - at);
      unit.clear().put(new byte[16]).put(0, text, offset + at, bytes);
      int key = at / 4;
      for (int pass = 0; pass < NH_PASSES; pass++) {
        sums[pass] += product(unit, 0, 2, key + 4 * pass) + product(unit, 1, 3, key + 4 * pass);
      }
    }
    ByteBuffer hash = ByteBuffer.allocate(8 * NH_PASSES).order(ByteOrder.LITTLE_ENDIAN);
    for (long sum : sums) {
      hash.putLong(sum);
    }
    return hash.array();
  }

  private long product(ByteBuffer unit, int one, int other, int key) {
    return Integer.toUnsignedLong(unit.getInt(4 * one) + nhKey[key + one])
        * Integer.toUnsignedLong(unit.getInt(4 * other) + nhKey[key + other]);
  }

  static BigInteger number(byte[] bytes, int offset, int count) {
    byte[] bigEndian = new byte[count];
    for (int i = 0; i < count; i++) {
      bigEndian[i] = bytes[offset + count - 1 - i];
    }
    return new BigInteger(1, bigEndian);
  }
}
