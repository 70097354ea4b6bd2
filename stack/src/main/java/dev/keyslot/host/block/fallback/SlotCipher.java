package dev.keyslot.host.block.fallback;

import dev.keyslot.host.block.crypto.CryptoContext;
import java.lang.foreign.MemorySegment;

/**
 * The cipher in one of the fallback's keyslots: a key ready for use. Many threads use it at once.
 *
 * <p>Whole data units; the first has the context's number. Both segments are of one size and the
 * same memory or apart.
 */
interface SlotCipher extends AutoCloseable {

  void encrypt(CryptoContext at, MemorySegment from, MemorySegment to);

  /** Decrypts under the zero rule if the key's configuration has it. */
  void decrypt(CryptoContext at, MemorySegment from, MemorySegment to);

  /** Wipes the key. */
  @Override
  void close();
}
