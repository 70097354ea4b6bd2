package dev.keyslot.model.engine;

import dev.keyslot.model.engine.EngineConfig.DunWrap;
import java.lang.foreign.MemorySegment;

/**
 * One programming of a keyslot, as claimed by tasks at the start of their execution.
 *
 * <p>A slot that is programmed anew gets another one; the old key is wiped when its last claim is
 * given back. Claims are counted under the controller's lock; data calls come from any thread.
 */
public final class SlotKey {

  private static final long DUN_COUNT = 1L << 32;

  private final DataKey key;
  private final int unitBytes;
  private final boolean zeroRule;
  private final DunWrap wrap;

  /** Tasks that execute with this key. Guarded by the controller's lock. */
  private int claims;

  /** Whether the slot holds something else by now. Guarded by the controller's lock. */
  private boolean replaced;

  SlotKey(DataKey key, int unitBytes, boolean zeroRule, DunWrap wrap) {
    this.key = key;
    this.unitBytes = unitBytes;
    this.zeroRule = zeroRule;
    this.wrap = wrap;
  }

  public int unitBytes() {
    return unitBytes;
  }

  /** Whether sectors of zero ciphertext read as zeros. */
  public boolean zeroRule() {
    return zeroRule;
  }

  int claims() {
    return claims;
  }

  void claim() {
    claims++;
  }

  void release() {
    claims--;
    wipeIfUnused();
  }

  void replace() {
    replaced = true;
    wipeIfUnused();
  }

  private void wipeIfUnused() {
    if (replaced && claims == 0) {
      key.close();
    }
  }

  /**
   * Encrypts whole data units.
   *
   * @param dun number of the first, before wrapping
   */
  public void encrypt(long dun, MemorySegment from, MemorySegment to) {
    long first = fold(dun);
    long head = bytesBeforeWrap(first);
    if (head >= from.byteSize()) {
      key.encrypt(first, unitBytes, from, to);
      return;
    }
    key.encrypt(first, unitBytes, from.asSlice(0, head), to.asSlice(0, head));
    encrypt(0, from.asSlice(head), to.asSlice(head));
  }

  /** Decrypts whole data units, obeying the slot's zero rule. */
  public void decrypt(long dun, MemorySegment from, MemorySegment to) {
    long first = fold(dun);
    long head = bytesBeforeWrap(first);
    if (head >= from.byteSize()) {
      key.decrypt(first, unitBytes, from, to, zeroRule);
      return;
    }
    key.decrypt(first, unitBytes, from.asSlice(0, head), to.asSlice(0, head), zeroRule);
    decrypt(0, from.asSlice(head), to.asSlice(head));
  }

  /**
   * Encrypts in place what a task has left behind its last whole data unit, as a shorter one.
   *
   * @param dun its number, before wrapping
   */
  public void encryptShort(long dun, MemorySegment unit) {
    key.encrypt(fold(dun), (int) unit.byteSize(), unit, unit);
  }

  /** Decrypts in place what {@link #encryptShort} made, obeying the slot's zero rule. */
  public void decryptShort(long dun, MemorySegment unit) {
    key.decrypt(fold(dun), (int) unit.byteSize(), unit, unit, zeroRule);
  }

  private long fold(long dun) {
    return wrap == DunWrap.CARRY ? dun : dun % DUN_COUNT;
  }

  private long bytesBeforeWrap(long dun) {
    return wrap == DunWrap.CARRY ? Long.MAX_VALUE : (DUN_COUNT - dun) * unitBytes;
  }
}
