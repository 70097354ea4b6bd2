package dev.keyslot.host.mmc;

import java.math.BigInteger;
import java.util.HexFormat;

/**
 * A 128-bit CID or CSD; bit 127 travels first.
 *
 * <p>A host controller drops the CRC: the lowest byte is 1, as on the wire without it.
 */
record CardRegister(BigInteger bits) {

  static final int BITS = 128;

  /** From four words, the most significant first. */
  static CardRegister of(MmcCommand answered) {
    BigInteger bits = BigInteger.ZERO;
    for (int i = 0; i < 4; i++) {
      long word = Integer.toUnsignedLong(answered.word(i));
      bits = bits.shiftLeft(Integer.SIZE).or(BigInteger.valueOf(word));
    }
    return new CardRegister(bits);
  }

  /** Bits {@code high} to {@code low}, as a datasheet writes them. */
  long field(int high, int low) {
    return bits.shiftRight(low).mod(BigInteger.ONE.shiftLeft(high - low + 1)).longValueExact();
  }

  /** 32 hex digits. */
  @Override
  public String toString() {
    byte[] bytes = new byte[BITS / Byte.SIZE];
    byte[] magnitude = bits.toByteArray();
    int length = Math.min(magnitude.length, bytes.length);
    System.arraycopy(magnitude, magnitude.length - length, bytes, bytes.length - length, length);
    return HexFormat.of().formatHex(bytes);
  }
}
