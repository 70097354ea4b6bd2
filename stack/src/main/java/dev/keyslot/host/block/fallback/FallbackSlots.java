package dev.keyslot.host.block.fallback;

import dev.keyslot.base.Clock;
import dev.keyslot.base.Parker;
import dev.keyslot.base.cipher.AdiantumKey;
import dev.keyslot.base.cipher.EssivKey;
import dev.keyslot.base.cipher.Sm4;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.crypto.KeyslotOps;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The fallback's own keyslots: ciphers with their keys set, kept for the next bio.
 *
 * <p>The same slot management as in front of hardware. A slot is held only while a thread computes,
 * so a thread may wait for one. Safe from any thread.
 */
final class FallbackSlots implements AutoCloseable {

  private final KeyslotManager manager = new KeyslotManager();
  private final AtomicReferenceArray<SlotCipher> ciphers;
  private final Xts engine;
  private final Parker parker;
  private final Clock clock;

  /** Modes that somebody announced to use. */
  private final Set<CryptoMode> started = ConcurrentHashMap.newKeySet();

  FallbackSlots(int slots, Xts engine, Parker parker, Clock clock) {
    this.engine = engine;
    this.parker = parker;
    this.clock = clock;
    ciphers = new AtomicReferenceArray<>(slots);
    manager.init(slots);
    manager.setOps(new Programming());
    manager.setMaxDunBytes(32);
    manager.addKeyType(KeyType.RAW);
    for (CryptoMode mode : CryptoMode.values()) {
      manager.setDataUnitMask(mode, missing(mode) == null ? -1 : 0);
    }
  }

  /** Why there is no cipher for the mode, in one line; null if there is. */
  static String missing(CryptoMode mode) {
    return switch (mode) {
      case AES_256_XTS, AES_128_CBC_ESSIV, ADIANTUM -> null;
      case SM4_XTS -> Sm4.missing();
    };
  }

  /** Whether there is a cipher for the mode; asked of each bio, so looked up before. */
  boolean supports(CryptoMode mode) {
    return manager.dataUnitMask(mode) != 0;
  }

  /** From now on I/O in {@code mode} is welcome. */
  void start(CryptoMode mode) {
    started.add(mode);
  }

  boolean isStarted(CryptoMode mode) {
    return started.contains(mode);
  }

  /** A slot with {@code key}, to be released; waits for another thread's computation if need be. */
  int acquire(CryptoKey key) throws KeyslotException {
    return manager.acquire(key, parker, clock);
  }

  SlotCipher cipher(int slot) {
    return ciphers.get(slot);
  }

  void release(int slot) {
    manager.release(slot);
  }

  void evict(CryptoKey key) throws KeyslotException {
    manager.evict(key);
  }

  KeyslotManager manager() {
    return manager;
  }

  @Override
  public void close() {
    manager.destroy();
    for (int slot = 0; slot < ciphers.length(); slot++) {
      drop(slot);
    }
  }

  private void drop(int slot) {
    SlotCipher old = ciphers.getAndSet(slot, null);
    if (old != null) {
      old.close();
    }
  }

  private SlotCipher make(CryptoKey key, MemorySegment bytes) {
    return switch (key.config().mode()) {
      case AES_256_XTS -> new XtsSlotCipher(engine.newKey(bytes), key.config());
      case AES_128_CBC_ESSIV -> new UnitSlotCipher(new EssivKey(bytes), key.config());
      case ADIANTUM -> new UnitSlotCipher(new AdiantumKey(bytes), key.config());
      case SM4_XTS -> new UnitSlotCipher(Sm4.newXtsKey(bytes), key.config());
    };
  }

  /** Sets and blanks keys; called with the manager's lock held. */
  private final class Programming implements KeyslotOps {
    @Override
    public void program(int slot, CryptoKey key) throws KeyslotException {
      drop(slot);
      try {
        key.withBytes(bytes -> ciphers.set(slot, make(key, bytes)));
      } catch (IllegalArgumentException refused) {
        throw new KeyslotException(Reason.INVALID, refused.getMessage());
      }
    }

    @Override
    public void evict(int slot, CryptoKey key) {
      drop(slot);
    }
  }
}
