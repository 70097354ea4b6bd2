package dev.keyslot.model.engine;

import dev.keyslot.base.Checks;
import dev.keyslot.base.cipher.Xts;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.model.engine.EngineConfig.DunWrap;
import dev.keyslot.model.engine.EngineConfig.PartialUnit;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The keyslot array of a controller.
 *
 * <p>Guarded by the controller's lock, except for what a {@link SlotKey} does with data. Fails
 * closed: whatever is not right gives a verdict, never plaintext.
 */
public final class CryptoEngine implements AutoCloseable {

  private static final int SLOT_DWORDS = CqhciLayout.CRYPTOCFG_STRIDE_BYTES / Integer.BYTES;

  private final EngineConfig config;
  private final Arena arena = Arena.ofShared();
  private final KeySlot[] slots;
  private final KeyMaker maker;

  /** Null where keys come raw only. */
  private final KeyWrapper wrapper;

  /** Key changes while a task was executing with the slot's old key. */
  private long changesUnderTask;

  /** An engine that takes raw keys only. */
  public CryptoEngine(EngineConfig config, Xts xts) {
    this(config, xts, null);
  }

  /**
   * An engine beside a key manager.
   *
   * @param wrapper seals the keys that slots take in wrapped form; null where the configuration
   *     announces none. Closed with the engine
   */
  public CryptoEngine(EngineConfig config, Xts xts, KeyWrapper wrapper) {
    Checks.argument(
        wrapper != null || !config.takesWrappedKeys(),
        "an engine that announces wrapped keys needs a key manager: capabilities=%s",
        config.capabilities());
    this.config = config;
    this.wrapper = wrapper;
    slots = new KeySlot[config.slots()];
    maker = new KeyMaker(config, xts, wrapper, arena);
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new KeySlot(maker, arena);
    }
  }

  public EngineConfig config() {
    return config;
  }

  /**
   * A write into the CRYPTOCFG array.
   *
   * @param dword counted from the start of keyslot 0; behind the last slot it is ignored
   */
  public void write(int dword, int value) {
    int slot = dword / SLOT_DWORDS;
    if (slot < slots.length) {
      SlotKey old = slots[slot].key();
      slots[slot].write(dword % SLOT_DWORDS, value);
      if (old != null && old != slots[slot].key() && old.claims() > 0) {
        changesUnderTask++;
      }
    }
  }

  /** A read from the CRYPTOCFG array; key words read as zero. */
  public int read(int dword) {
    int slot = dword / SLOT_DWORDS;
    return slot < slots.length ? slots[slot].read(dword % SLOT_DWORDS) : 0;
  }

  /**
   * Whether a task may use {@code slot}.
   *
   * @param enabled crypto general enable
   * @param dun number of the first data unit
   */
  public Verdict check(boolean enabled, int slot, long dun, long bytes) {
    SlotKey key = slot < slots.length ? slots[slot].key() : null;
    if (!enabled || key == null) {
      return Verdict.INVALID_CONFIGURATION;
    }
    return check(key.unitBytes(), dun, bytes);
  }

  private Verdict check(int unitBytes, long dun, long bytes) {
    boolean whole = bytes % unitBytes == 0 || config.partialUnit() != PartialUnit.REFUSE;
    long last = dun + (bytes - 1) / unitBytes;
    boolean inRange = config.wrap() != DunWrap.REFUSE || last <= 0xFFFF_FFFFL;
    return whole && inRange ? Verdict.OK : Verdict.GENERAL_ERROR;
  }

  /**
   * Whether a task may run that brings its key; whether the key is one shows when it is claimed.
   *
   * @param unitCode data unit size in 512-byte units
   */
  public Verdict checkInline(boolean enabled, int unitCode, long dun, long bytes) {
    if (!enabled || unitCode == 0) {
      return Verdict.INVALID_CONFIGURATION;
    }
    return check(unitCode * CqhciLayout.BLOCK_BYTES, dun, bytes);
  }

  /**
   * The key that a task brought, for this task alone; to be released after it, which wipes it.
   *
   * @param config laid out as dword 16 of a keyslot
   * @param vendor laid out as dword 17
   * @return null if the engine has no such capability or data unit
   */
  public SlotKey claimInline(MemorySegment keyWords, int config, int vendor) {
    SlotKey key = maker.make(keyWords, config, vendor);
    if (key != null) {
      key.claim();
      key.replace();
    }
    return key;
  }

  /** The key of a slot that {@link #check} allowed, for one task; to be released after it. */
  public SlotKey claim(int slot) {
    SlotKey key = slots[slot].key();
    Checks.that(key != null, "only a live keyslot can be claimed: slot=%d", slot);
    key.claim();
    return key;
  }

  public void release(SlotKey key) {
    key.release();
  }

  /** For faults: a key that differs in one bit from the slot's; to be released after its task. */
  public SlotKey claimWrong(int slot) {
    SlotKey key = slots[slot].spoiled();
    key.claim();
    key.replace();
    return key;
  }

  /** For faults: one bit of the slot's key is another one until the slot is programmed anew. */
  public void flipKeyBit(int slot) {
    slots[slot].flip();
  }

  /** Forgets one key; behind the last slot there is none. */
  public void clear(int slot) {
    if (slot < slots.length) {
      slots[slot].clear();
    }
  }

  /** Forgets all keys, as a reset does. */
  public void clear() {
    for (KeySlot slot : slots) {
      slot.clear();
    }
  }

  /** Power is lost and comes back: no key is left, and what was sealed for this cycle is void. */
  public void powerCycle() {
    clear();
    if (wrapper != null) {
      wrapper.powerCycle();
    }
  }

  public long changesUnderTask() {
    return changesUnderTask;
  }

  /** Wipes everything; no task may be executing. */
  @Override
  public void close() {
    clear();
    if (wrapper != null) {
      wrapper.close();
    }
    arena.close();
  }
}
