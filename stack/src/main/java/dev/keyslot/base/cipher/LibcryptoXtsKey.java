package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** An XTS key of libcrypto's; expanded keys live in libcrypto's memory, which wipes them. */
final class LibcryptoXtsKey implements XtsKey {

  private final KeyCell key;
  private final ContextPool<LibcryptoContext> encryption;
  private final ContextPool<LibcryptoContext> decryption;

  LibcryptoXtsKey(LibcryptoSpares spares, KeyCell key) {
    this.key = key;
    encryption = new ContextPool<>(() -> new LibcryptoContext(spares, key.bytes(), true));
    decryption = new ContextPool<>(() -> new LibcryptoContext(spares, key.bytes(), false));
  }

  @Override
  public void encrypt(
      long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
    DataUnits.check(unitBytes, from, to, false);
    LibcryptoContext context = encryption.take();
    try {
      context.start(dunLow, dunHigh);
      context.turnOver(unitBytes, from, to);
    } finally {
      giveBack(encryption, context, from, to);
    }
  }

  @Override
  public void decrypt(
      long dunLow,
      long dunHigh,
      int unitBytes,
      MemorySegment from,
      MemorySegment to,
      boolean zeroRule) {
    DataUnits.check(unitBytes, from, to, zeroRule);
    LibcryptoContext context = decryption.take();
    try {
      context.start(dunLow, dunHigh);
      if (zeroRule) {
        context.decryptByZeroRule(unitBytes, from, to);
      } else {
        context.turnOver(unitBytes, from, to);
      }
    } finally {
      giveBack(decryption, context, from, to);
    }
  }

  /** Memory went to libcrypto by address, so it is kept reachable until here. */
  private static void giveBack(
      ContextPool<LibcryptoContext> pool,
      LibcryptoContext context,
      MemorySegment from,
      MemorySegment to) {
    try {
      pool.give(context);
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
    }
  }

  @Override
  public void close() {
    boolean first = encryption.close();
    decryption.close();
    if (first) {
      key.close();
    }
  }
}
