package dev.keyslot.model.ice;

import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.cqhci.CryptoKeySize;
import dev.keyslot.link.ice.IceFields;
import dev.keyslot.model.engine.EngineConfig;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Puts keys into the engine's keyslots, dword by dword in the datasheet's order: off, key, vendor
 * dword, on.
 *
 * <p>A raw key is live at once. A sealed one is only loaded: the engine opens it when its own
 * register of the slot is written, and nothing else that lies in a slot is ever used that way.
 */
public final class SlotWriter {

  private static final ValueLayout.OfInt BIG_ENDIAN =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt LITTLE_ENDIAN =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int CONFIG_DWORD = CryptoConfigFields.CONFIG_BYTE / Integer.BYTES;
  private static final int VENDOR_DWORD = CryptoConfigFields.VENDOR_BYTE / Integer.BYTES;

  private final EngineConfig engine;
  private final KeyDoor door;

  public SlotWriter(EngineConfig engine, KeyDoor door) {
    this.engine = engine;
    this.door = door;
  }

  boolean hasSlot(long slot) {
    return slot >= 0 && slot < engine.slots();
  }

  /** The engine's entry for AES-256-XTS in that data unit; -1 for none. */
  int capability(long cipher, long unit, boolean zeroRule, boolean wrapped) {
    List<Integer> list = engine.capabilities();
    for (int i = 0; i < list.size() && cipher == IceFields.CIPHER_AES_256_XTS; i++) {
      int word = list.get(i);
      boolean xts =
          CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(word) == CryptoAlgorithm.AES_XTS.code()
              && CqhciFields.CRYPTOCAP_KEY_SIZE.extractInt(word) == CryptoKeySize.BITS_256.code();
      boolean unitKnown =
          Long.bitCount(unit) == 1
              && (CqhciFields.CRYPTOCAP_UNIT_MASK.extract(Integer.toUnsignedLong(word)) & unit)
                  != 0;
      if (xts
          && unitKnown
          && (!zeroRule || CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(word))
          && (!wrapped || CqhciFields.CRYPTOCAP_WRAPPED.isSet(word))) {
        return i;
      }
    }
    return -1;
  }

  void clear(int slot) {
    door.write(slot, CONFIG_DWORD, 0);
    for (int i = 0; i < CryptoConfigFields.KEY_DWORDS; i++) {
      door.write(slot, i, 0);
    }
    door.write(slot, VENDOR_DWORD, 0);
    door.write(slot, CONFIG_DWORD, 0);
  }

  /**
   * A raw key, live at once.
   *
   * @param swapped 64 bytes, each 32-bit word with its bytes swapped
   */
  void program(int slot, MemorySegment swapped, int capability, int unit, boolean zeroRule) {
    door.write(slot, CONFIG_DWORD, 0);
    for (int i = 0; i < CryptoConfigFields.KEY_DWORDS; i++) {
      door.write(slot, i, swapped.get(BIG_ENDIAN, (long) i * Integer.BYTES));
    }
    door.write(slot, VENDOR_DWORD, CryptoConfigFields.ZERO_RULE.insert32(0, zeroRule ? 1 : 0));
    door.write(slot, CONFIG_DWORD, live(capability, unit));
  }

  /** A sealed key, at most 64 bytes, that waits for {@link #configure}. */
  void load(int slot, byte[] sealed) {
    door.write(slot, CONFIG_DWORD, 0);
    MemorySegment words = MemorySegment.ofArray(new byte[CryptoConfigFields.KEY_BYTES]);
    words.asSlice(0, sealed.length).copyFrom(MemorySegment.ofArray(sealed));
    for (int i = 0; i < CryptoConfigFields.KEY_DWORDS; i++) {
      door.write(slot, i, words.get(LITTLE_ENDIAN, (long) i * Integer.BYTES));
    }
    door.write(slot, VENDOR_DWORD, CryptoConfigFields.WRAPPED.mask32());
  }

  /** The engine's own register of a slot was written: data unit, cipher, enable. */
  void configure(int slot, int value) {
    int unit = CryptoConfigFields.DATA_UNIT.extractInt(Integer.toUnsignedLong(value));
    int cipher = CryptoConfigFields.CAPABILITY.extractInt(Integer.toUnsignedLong(value));
    int capability = capability(cipher, unit, false, true);
    boolean on = CryptoConfigFields.ENABLE.isSet(Integer.toUnsignedLong(value)) && capability >= 0;
    door.write(slot, VENDOR_DWORD, CryptoConfigFields.WRAPPED.mask32());
    door.write(slot, CONFIG_DWORD, on ? live(capability, unit) : 0);
  }

  private static int live(int capability, int unit) {
    int config = CryptoConfigFields.DATA_UNIT.insert32(0, unit);
    config = CryptoConfigFields.CAPABILITY.insert32(config, capability);
    return CryptoConfigFields.ENABLE.set32(config);
  }
}
