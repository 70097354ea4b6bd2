package dev.keyslot.model.engine;

import dev.keyslot.link.cqhci.CryptoConfigFields;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One CRYPTOCFG entry: what software wrote, and the key that came of it.
 *
 * <p>The key exists from the write of dword 16 with CFGE on, if that write names a capability and a
 * data unit the engine has; until dword 16 is written again or a key word changes under it. Guarded
 * by the controller's lock.
 */
final class KeySlot {

  private static final ValueLayout.OfInt LITTLE_ENDIAN =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int CONFIG_DWORD = CryptoConfigFields.CONFIG_BYTE / Integer.BYTES;
  private static final int VENDOR_DWORD = CryptoConfigFields.VENDOR_BYTE / Integer.BYTES;

  private final KeyMaker maker;
  private final MemorySegment keyWords;
  private int config;
  private int vendor;

  /** Null: no task may use the slot. */
  private SlotKey key;

  KeySlot(KeyMaker maker, Arena arena) {
    this.maker = maker;
    keyWords = arena.allocate(CryptoConfigFields.KEY_BYTES);
  }

  /** A register write; 32 dwords, of which 18 and later are reserved. */
  void write(int dword, int value) {
    if (dword < CryptoConfigFields.KEY_DWORDS) {
      keyWords.set(LITTLE_ENDIAN, (long) dword * Integer.BYTES, value);
      drop(); // with CFGE on the key is torn: nobody may use half of it
    } else if (dword == CONFIG_DWORD) {
      config = value;
      drop();
      if (CryptoConfigFields.ENABLE.isSet(value)) {
        key = maker.make(keyWords, config, vendor);
      }
    } else if (dword == VENDOR_DWORD) {
      vendor = value;
      drop();
    }
  }

  /** A register read: key words never leave. */
  int read(int dword) {
    return dword == CONFIG_DWORD ? config : dword == VENDOR_DWORD ? vendor : 0;
  }

  SlotKey key() {
    return key;
  }

  /** What a key with one bit flipped would be; the slot keeps its own. */
  SlotKey spoiled() {
    flipBit();
    SlotKey wrong = maker.make(keyWords, config, vendor);
    flipBit();
    return wrong;
  }

  /** Flips a bit of a live key for good. */
  void flip() {
    flipBit();
    drop();
    key = maker.make(keyWords, config, vendor);
  }

  private void flipBit() {
    keyWords.set(LITTLE_ENDIAN, 0, keyWords.get(LITTLE_ENDIAN, 0) ^ 1);
  }

  void clear() {
    keyWords.fill((byte) 0);
    config = 0;
    vendor = 0;
    drop();
  }

  private void drop() {
    if (key != null) {
      key.replace();
      key = null;
    }
  }
}
