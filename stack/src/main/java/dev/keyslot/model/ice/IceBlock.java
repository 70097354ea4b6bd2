package dev.keyslot.model.ice;

import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.link.ice.IceRegister;

/**
 * The engine's own registers: version, fuses, self-test, and storage for what drivers set.
 *
 * <p>A self-test runs after a reset and whenever the low-power bits change, for as many looks at
 * its status as the part was built with. Accesses are whole aligned words; others read all ones and
 * write nothing. Safe from any thread.
 */
public final class IceBlock implements Mmio {

  /** The region reaches as far as its last register. */
  private static final int REGION_BYTES = IceRegister.HWKM_BANK0_ACCESS_4.offset() + Integer.BYTES;

  private final Part part;
  private final int slots;
  private final KeyManagerKind keyManager;

  /** Takes what is written into the engine's register of a slot; null where that is storage. */
  private final SlotWriter writer;

  private final int[] words = new int[REGION_BYTES / Integer.BYTES];
  private final boolean[] writable = new boolean[words.length];
  private final boolean[] clearing = new boolean[words.length];

  /** Looks at the status that still find it busy. */
  private int busyLooks;

  /**
   * Which engine this is.
   *
   * @param version register VERSION
   * @param fuses register FUSE_SETTING
   * @param selfTestLooks how often a driver sees the self-test busy
   * @param features register FIRMWARE_FEATURES
   */
  public record Part(int version, int fuses, int selfTestLooks, int features) {

    /** The part that serves: version 3.2.1, a self-test that is seen once, the zero rule. */
    public static Part served() {
      return new Part(0x0302_0001, 0, 1, IceFields.FEATURE_ZERO_RULE.mask32());
    }
  }

  /** An engine whose keys only firmware knows how to use: its registers of slots are storage. */
  public IceBlock(Part part, int slots) {
    this(part, slots, null);
  }

  /** An engine beside a key manager: its registers of slots let the loaded keys be used. */
  public IceBlock(Part part, int slots, SlotWriter writer) {
    this.part = part;
    this.slots = slots;
    this.writer = writer;
    keyManager = KeyManagerKind.of(part.version());
    for (IceRegister register : IceRegister.values()) {
      int word = register.offset() / Integer.BYTES;
      words[word] = register.resetValue();
      writable[word] = register.access() == Access.READ_WRITE;
      clearing[word] = register.access() == Access.WRITE_ONE_TO_CLEAR;
    }
    for (int slot = 0; slot < slots; slot++) {
      writable[configWord(slot)] = true;
    }
    set(IceRegister.VERSION, part.version());
    set(IceRegister.FUSE_SETTING, part.fuses());
    set(IceRegister.FIRMWARE_FEATURES, part.features());
    set(IceRegister.CONTROL, keyManager.legacyInControl());
    int control = IceRegister.HWKM_TZ_KM_CTL.resetValue();
    set(IceRegister.HWKM_TZ_KM_CTL, control | keyManager.legacyInManager());
    set(IceRegister.HWKM_TZ_KM_STATUS, keyManager.status());
    busyLooks = part.selfTestLooks();
  }

  private static int configWord(int slot) {
    int offset = IceRegister.CRYPTOCFG.offset() + slot * IceFields.CRYPTOCFG_STRIDE_BYTES;
    return offset / Integer.BYTES;
  }

  private void set(IceRegister register, int value) {
    words[register.offset() / Integer.BYTES] = value;
  }

  private int get(IceRegister register) {
    return words[register.offset() / Integer.BYTES];
  }

  /** The key manager beside this version of the engine. */
  KeyManagerKind keyManager() {
    return keyManager;
  }

  /** Whether software has taken the key manager out of its legacy mode. */
  synchronized boolean keyManagerOn() {
    int legacy =
        (get(IceRegister.CONTROL) & keyManager.legacyInControl())
            | (get(IceRegister.HWKM_TZ_KM_CTL) & keyManager.legacyInManager());
    return keyManager != KeyManagerKind.NONE && legacy == 0;
  }

  /** The slot whose register is at {@code word}; -1 for none. */
  private int slotAt(int word) {
    for (int slot = 0; slot < slots; slot++) {
      if (configWord(slot) == word) {
        return slot;
      }
    }
    return -1;
  }

  private static boolean inside(long offset) {
    return offset >= 0 && offset < REGION_BYTES && offset % Integer.BYTES == 0;
  }

  @Override
  public synchronized int read32(long offset) {
    if (!inside(offset)) {
      return -1;
    }
    if (offset == IceRegister.BIST_STATUS.offset() && busyLooks > 0) {
      busyLooks--;
      return IceFields.BIST_BUSY.insert32(0, 1);
    }
    return words[(int) offset / Integer.BYTES];
  }

  @Override
  public synchronized void write32(long offset, int value) {
    if (!inside(offset)) {
      return;
    }
    int word = (int) offset / Integer.BYTES;
    if (clearing[word]) {
      words[word] &= ~value;
    } else if (writable[word]) {
      boolean power = offset == IceRegister.ADVANCED_CONTROL.offset() && words[word] != value;
      busyLooks = power ? part.selfTestLooks() : busyLooks;
      words[word] = value;
      int slot = slotAt(word);
      if (slot >= 0 && writer != null && keyManagerOn()) {
        writer.configure(slot, value);
      }
    }
  }

  @Override
  public byte read8(long offset) {
    return -1;
  }

  @Override
  public short read16(long offset) {
    return -1;
  }

  @Override
  public long read64(long offset) {
    return -1;
  }

  @Override
  public void write8(long offset, byte value) {
    // Registers are words.
  }

  @Override
  public void write16(long offset, short value) {
    // Registers are words.
  }

  @Override
  public void write64(long offset, long value) {
    // Registers are words.
  }
}
