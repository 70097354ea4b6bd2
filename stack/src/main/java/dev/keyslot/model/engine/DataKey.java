package dev.keyslot.model.engine;

import dev.keyslot.base.cipher.EssivKey;
import dev.keyslot.base.cipher.XtsKey;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A key of one of the engine's modes: en- and decrypts runs of data units, unit i under number
 * {@code dun + i}. Safe from any thread.
 */
interface DataKey extends AutoCloseable {

  void encrypt(long dun, int unitBytes, MemorySegment from, MemorySegment to);

  void decrypt(long dun, int unitBytes, MemorySegment from, MemorySegment to, boolean zeroRule);

  /** Wipes the key. */
  @Override
  void close();

  /** AES-XTS: the number is the tweak. */
  record Xts(XtsKey key) implements DataKey {

    @Override
    public void encrypt(long dun, int unitBytes, MemorySegment from, MemorySegment to) {
      key.encrypt(dun, 0, unitBytes, from, to);
    }

    @Override
    public void decrypt(
        long dun, int unitBytes, MemorySegment from, MemorySegment to, boolean zeroRule) {
      key.decrypt(dun, 0, unitBytes, from, to, zeroRule);
    }

    @Override
    public void close() {
      key.close();
    }

    @Override
    public String toString() {
      return "Xts";
    }
  }

  /** AES-CBC with ESSIV: chaining starts anew with each unit. Has no zero rule. */
  record Essiv(EssivKey key) implements DataKey {

    private static final int IV_BYTES = 16;

    @Override
    public void encrypt(long dun, int unitBytes, MemorySegment from, MemorySegment to) {
      for (long at = 0, unit = dun; at < from.byteSize(); at += unitBytes, unit++) {
        key.encrypt(iv(unit), from.asSlice(at, unitBytes), to.asSlice(at, unitBytes));
      }
    }

    @Override
    public void decrypt(
        long dun, int unitBytes, MemorySegment from, MemorySegment to, boolean zeroRule) {
      for (long at = 0, unit = dun; at < from.byteSize(); at += unitBytes, unit++) {
        key.decrypt(iv(unit), from.asSlice(at, unitBytes), to.asSlice(at, unitBytes));
      }
    }

    private static byte[] iv(long dun) {
      return ByteBuffer.allocate(IV_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(dun).array();
    }

    @Override
    public void close() {
      key.close();
    }

    @Override
    public String toString() {
      return "Essiv";
    }
  }
}
