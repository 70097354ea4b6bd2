package dev.keyslot.model.engine;

import dev.keyslot.base.cipher.Xts;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.cqhci.CryptoKeySize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

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

  /** Turns configuration words into a key, or into null if the engine cannot. */
  static final class KeyMaker {

    private final EngineConfig config;
    private final Xts xts;

    KeyMaker(EngineConfig config, Xts xts) {
      this.config = config;
      this.xts = xts;
    }

    SlotKey make(MemorySegment keyWords, int word16, int word17) {
      List<Integer> capabilities = config.capabilities();
      int index = CryptoConfigFields.CAPABILITY.extractInt(word16);
      int unit = CryptoConfigFields.DATA_UNIT.extractInt(word16);
      if (index >= capabilities.size()) {
        return null;
      }
      int capability = capabilities.get(index);
      boolean zeroRule = CryptoConfigFields.ZERO_RULE.isSet(word17);
      boolean unitKnown = (CqhciFields.CRYPTOCAP_UNIT_MASK.extractInt(capability) & unit) != 0;
      boolean zeroKnown = !zeroRule || CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(capability);
      boolean xtsMode =
          CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(capability) == CryptoAlgorithm.AES_XTS.code();
      if (Integer.bitCount(unit) != 1 || !unitKnown || !zeroKnown || !xtsMode) {
        return null;
      }
      int half = halfBytes(CqhciFields.CRYPTOCAP_KEY_SIZE.extractInt(capability));
      boolean aes =
          half == CryptoKeySize.BITS_128.bytes() || half == CryptoKeySize.BITS_256.bytes();
      return aes ? withKeyBytes(keyWords, half, unit * 512, zeroRule) : null;
    }

    private static int halfBytes(int code) {
      for (CryptoKeySize size : CryptoKeySize.values()) {
        if (size.code() == code) {
          return size.bytes();
        }
      }
      return 0;
    }

    private SlotKey withKeyBytes(MemorySegment words, int half, int unitBytes, boolean zeroRule) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment bytes = arena.allocate(2L * half);
        MemorySegment.copy(words, 0, bytes, 0, half);
        MemorySegment.copy(words, CryptoConfigFields.XTS_SECOND_HALF_BYTE, bytes, half, half);
        try {
          return new SlotKey(
              xts.newKeyAllowingEqualHalves(bytes), unitBytes, zeroRule, config.wrap());
        } finally {
          bytes.fill((byte) 0);
        }
      }
    }
  }
}
