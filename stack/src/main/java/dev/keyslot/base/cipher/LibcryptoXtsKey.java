package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** An XTS key of libcrypto's; expanded keys live in libcrypto's memory, which wipes them. */
final class LibcryptoXtsKey implements XtsKey {

  private final KeyCell key;
  private final ContextPool<LibcryptoContext> contexts;

  LibcryptoXtsKey(long cipher, KeyCell key) {
    this.key = key;
    contexts = new ContextPool<>(() -> new LibcryptoContext(cipher, key.bytes()));
  }

  @Override
  public void encrypt(
      long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
    DataUnits.check(unitBytes, from, to, false);
    LibcryptoContext context = contexts.take();
    try {
      context.start(dunLow, dunHigh);
      context.encrypt(unitBytes, from, to);
    } finally {
      giveBack(context, from, to);
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
    LibcryptoContext context = contexts.take();
    try {
      context.start(dunLow, dunHigh);
      if (zeroRule) {
        context.decryptByZeroRule(unitBytes, from, to);
      } else {
        context.decrypt(unitBytes, from, to);
      }
    } finally {
      giveBack(context, from, to);
    }
  }

  /** Memory went to libcrypto by address, so it is kept reachable until here. */
  private void giveBack(LibcryptoContext context, MemorySegment from, MemorySegment to) {
    try {
      contexts.give(context);
    } finally {
      Reference.reachabilityFence(from);
      Reference.reachabilityFence(to);
    }
  }

  @Override
  public void close() {
    if (contexts.close()) {
      key.close();
    }
  }
}
