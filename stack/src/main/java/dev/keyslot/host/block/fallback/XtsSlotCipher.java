package dev.keyslot.host.block.fallback;

import dev.keyslot.base.cipher.XtsKey;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoContext;
import java.lang.foreign.MemorySegment;

/** AES-XTS by one of the engines; a step other than one goes unit by unit. */
final class XtsSlotCipher implements SlotCipher {

  private final XtsKey key;
  private final int unitBytes;
  private final int step;
  private final boolean zeroRule;

  XtsSlotCipher(XtsKey key, CryptoConfig config) {
    this.key = key;
    unitBytes = config.dataUnitBytes();
    step = config.dunStep();
    zeroRule = config.zeroRule();
  }

  @Override
  public void encrypt(CryptoContext at, MemorySegment from, MemorySegment to) {
    long run = run(from);
    long low = at.dun(0);
    long high = at.dun(1);
    for (long offset = 0; offset < from.byteSize(); offset += run) {
      key.encrypt(low, high, unitBytes, slice(from, offset, run), slice(to, offset, run));
      low += step;
      high += Long.compareUnsigned(low, step) < 0 ? 1 : 0;
    }
  }

  @Override
  public void decrypt(CryptoContext at, MemorySegment from, MemorySegment to) {
    long run = run(from);
    long low = at.dun(0);
    long high = at.dun(1);
    for (long offset = 0; offset < from.byteSize(); offset += run) {
      key.decrypt(low, high, unitBytes, slice(from, offset, run), slice(to, offset, run), zeroRule);
      low += step;
      high += Long.compareUnsigned(low, step) < 0 ? 1 : 0;
    }
  }

  /** How much the engine can do in one call: everything where it counts as the key does. */
  private long run(MemorySegment from) {
    return step == 1 ? from.byteSize() : unitBytes;
  }

  private static MemorySegment slice(MemorySegment segment, long offset, long bytes) {
    return bytes == segment.byteSize() ? segment : segment.asSlice(offset, bytes);
  }

  @Override
  public void close() {
    key.close();
  }
}
