package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/**
 * A key that en- and decrypts runs of data units.
 *
 * <p>Many threads use one key at once; nothing is allocated per call after warm-up. Both segments
 * have the same size, a multiple of the data unit; unit i of the run has the data unit number
 * {@code dun + i} (128 bits, low word first, carry and wrap at 2^128). {@code from} and {@code to}
 * may be the same memory and must not overlap otherwise; native or heap, of any alignment. The
 * caller keeps their arenas open until the call returns.
 *
 * <p>A call after {@link #close} fails with {@link IllegalStateException}; calls under way when
 * another thread closes the key run to their end.
 */
public interface XtsKey extends AutoCloseable {

  /** The largest data unit, in bytes; the smallest is one block of 16. */
  int UNIT_BYTES_MAX = 65_536;

  /** The piece to which the zero rule applies, in bytes. */
  int SECTOR_BYTES = 512;

  /**
   * Encrypts whole data units.
   *
   * @param unitBytes a multiple of 16 up to {@link #UNIT_BYTES_MAX}
   */
  void encrypt(long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to);

  /**
   * Decrypts whole data units.
   *
   * @param unitBytes a multiple of 16 up to {@link #UNIT_BYTES_MAX}; of {@link #SECTOR_BYTES} under
   *     the zero rule
   * @param zeroRule a sector whose ciphertext is all zero bytes reads as zeros
   */
  void decrypt(
      long dunLow,
      long dunHigh,
      int unitBytes,
      MemorySegment from,
      MemorySegment to,
      boolean zeroRule);

  /** Wipes the key. Closing twice does nothing. */
  @Override
  void close();
}
