package dev.keyslot.model.ice;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.bus.SecureMonitor;
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
 * The secure firmware: takes keys by call and puts them into keyslots that software cannot reach.
 *
 * <p>Keys lie in memory that the caller names by its bus address, each 32-bit word with its bytes
 * swapped. Whatever is not right is refused with a negative number and changes nothing. One call at
 * a time; any thread.
 */
public final class IceFirmware implements SecureMonitor {

  // Results of a call; 0 is success.
  static final int FAILED = -1;
  static final int INVALID = -2;
  static final int BAD_ADDRESS = -3;
  static final int NOT_SUPPORTED = -4;

  private static final ValueLayout.OfInt BIG_ENDIAN =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final int CONFIG_DWORD = CryptoConfigFields.CONFIG_BYTE / Integer.BYTES;
  private static final int VENDOR_DWORD = CryptoConfigFields.VENDOR_BYTE / Integer.BYTES;

  /** Arguments of "set key". */
  private static final int SET_KEY_ARGUMENTS = 5;

  private final EngineConfig engine;
  private final DmaMemory memory;
  private final KeyDoor door;

  public IceFirmware(EngineConfig engine, DmaMemory memory, KeyDoor door) {
    this.engine = engine;
    this.memory = memory;
    this.door = door;
  }

  @Override
  public synchronized int call(int functionId, long... arguments) {
    BitField command = BitField.of(0, Byte.SIZE);
    if (command.insert32(functionId, 0) != IceFields.CALL_BASE) {
      return NOT_SUPPORTED;
    }
    return switch (command.extractInt(functionId)) {
      case IceFields.CALL_INVALIDATE_KEY ->
          arguments.length == 1 ? invalidate(arguments[0]) : INVALID;
      case IceFields.CALL_SET_KEY ->
          arguments.length == SET_KEY_ARGUMENTS ? setKey(arguments) : INVALID;
      default -> NOT_SUPPORTED;
    };
  }

  private boolean hasSlot(long slot) {
    return slot >= 0 && slot < engine.slots();
  }

  private int invalidate(long slot) {
    if (!hasSlot(slot)) {
      return INVALID;
    }
    write((int) slot, null, 0, 0);
    return 0;
  }

  /** Slot, address, size, cipher, data unit in units of 512 bytes. */
  private int setKey(long[] arguments) {
    boolean zeroRule = IceFields.CIPHER_ZERO_RULE.isSet(arguments[3]);
    long cipher = IceFields.CIPHER_CODE.extract(arguments[3]);
    int capability = capabilityFor(cipher, arguments[4], zeroRule);
    if (capability < 0) {
      return NOT_SUPPORTED;
    }
    if (!hasSlot(arguments[0]) || arguments[2] != CryptoConfigFields.KEY_BYTES) {
      return INVALID;
    }
    MemorySegment swapped = memory.resolve(arguments[1], arguments[2]);
    if (swapped == null) {
      return BAD_ADDRESS;
    }
    int config = CryptoConfigFields.DATA_UNIT.insert32(0, (int) arguments[4]);
    config = CryptoConfigFields.CAPABILITY.insert32(config, capability);
    int vendor = CryptoConfigFields.ZERO_RULE.insert32(0, zeroRule ? 1 : 0);
    write((int) arguments[0], swapped, CryptoConfigFields.ENABLE.set32(config), vendor);
    return 0;
  }

  /** The engine's entry for AES-256-XTS in that data unit; -1 for none. */
  private int capabilityFor(long cipher, long unit, boolean zeroRule) {
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
      if (xts && unitKnown && (!zeroRule || CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(word))) {
        return i;
      }
    }
    return -1;
  }

  /** The order of the datasheet: off, key, vendor dword, on. */
  private void write(int slot, MemorySegment swapped, int config, int vendor) {
    door.write(slot, CONFIG_DWORD, 0);
    for (int i = 0; i < CryptoConfigFields.KEY_DWORDS; i++) {
      int word = swapped == null ? 0 : swapped.get(BIG_ENDIAN, (long) i * Integer.BYTES);
      door.write(slot, i, word);
    }
    door.write(slot, VENDOR_DWORD, vendor);
    door.write(slot, CONFIG_DWORD, config);
  }
}
