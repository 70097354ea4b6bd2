package dev.keyslot.base.cipher;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The tweaks of one data unit after the other: each block's is the one before times x, in IEEE
 * 1619's order of bits.
 *
 * <p>Shifts and the constant 0x87 are the arithmetic of GF(2^128), not a layout. Owned by one
 * thread at a time.
 */
final class TweakChain {

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);

  /** x^128 modulo the field's polynomial x^128 + x^7 + x^2 + x + 1. */
  private static final long REDUCTION = 0x87;

  /** The next block's tweak. */
  private long low;

  private long high;

  /** Begins a data unit with the first tweak that stands at {@code at}. */
  void begin(byte[] from, int at) {
    low = (long) LONG.get(from, at);
    high = (long) LONG.get(from, at + Long.BYTES);
  }

  /** Writes the next tweaks to {@code [at, at + bytes)} of {@code target}. */
  void expand(byte[] target, int at, int bytes) {
    long nextLow = low;
    long nextHigh = high;
    for (int i = at; i < at + bytes; i += DataUnits.BLOCK_BYTES) {
      LONG.set(target, i, nextLow);
      LONG.set(target, i + Long.BYTES, nextHigh);
      long carry = (nextHigh >> 63) & REDUCTION;
      nextHigh = (nextHigh << 1) | (nextLow >>> 63);
      nextLow = (nextLow << 1) ^ carry;
    }
    low = nextLow;
    high = nextHigh;
  }

  /** {@code text} plus the tweaks, from the start of both. */
  static void add(byte[] tweaks, byte[] text, int bytes) {
    for (int i = 0; i < bytes; i++) {
      text[i] ^= tweaks[i];
    }
  }
}
