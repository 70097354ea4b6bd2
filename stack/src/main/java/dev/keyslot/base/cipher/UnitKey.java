package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/**
 * A key of a mode other than AES-XTS: en- and decrypts one data unit at a time.
 *
 * <p>The initialisation vector is the data unit number, little-endian, 16 or 32 bytes as the mode
 * has it. Both segments have one size, at least 16 bytes and a multiple of it, and are the same
 * memory or apart. Safe from any thread; calls take turns. These modes are for the software path;
 * they allocate, and their keys leave copies on the heap that cannot be wiped for certain.
 */
public interface UnitKey extends AutoCloseable {

  void encrypt(byte[] iv, MemorySegment from, MemorySegment to);

  void decrypt(byte[] iv, MemorySegment from, MemorySegment to);

  /** Forgets the key; a later call fails with {@link IllegalStateException}. */
  @Override
  void close();
}
