package dev.keyslot.host.cqhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CryptoAlgorithm;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.cqhci.CryptoKeySize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Puts keys into the CRYPTOCFG array, in the documented order of nineteen register writes.
 *
 * <p>The temporary copy of a key is wiped after each use. Calls are serialised by the keyslot
 * manager's write lock.
 */
final class CqhciKeyslots implements KeyslotOps {

  private static final int BLOCK_BYTES = 512;

  private final CqhciRegisters registers;
  private final int[] capabilities;
  private final long arrayOffset;

  /** Zero but while a key is programmed. */
  private final MemorySegment entry = Arena.ofAuto().allocate(CryptoConfigFields.KEY_BYTES);

  /**
   * @param capabilities CRYPTOCAP entries as read
   * @param arrayOffset of CRYPTOCFG from the start of the block, in bytes
   */
  CqhciKeyslots(CqhciRegisters registers, int[] capabilities, long arrayOffset) {
    this.registers = registers;
    this.capabilities = capabilities.clone();
    this.arrayOffset = arrayOffset;
  }

  /** The mode a capability is for, or null for one that the block layer has no name for. */
  static CryptoMode mode(int capability) {
    if (isOf(capability, CryptoAlgorithm.AES_XTS, CryptoKeySize.BITS_256)) {
      return CryptoMode.AES_256_XTS;
    }
    return isOf(capability, CryptoAlgorithm.ESSIV_AES_CBC, CryptoKeySize.BITS_128)
        ? CryptoMode.AES_128_CBC_ESSIV
        : null;
  }

  private static boolean isOf(int capability, CryptoAlgorithm algorithm, CryptoKeySize size) {
    long word = Integer.toUnsignedLong(capability);
    return CqhciFields.CRYPTOCAP_ALGORITHM.extractInt(word) == algorithm.code()
        && CqhciFields.CRYPTOCAP_KEY_SIZE.extractInt(word) == size.code();
  }

  /** The data unit sizes of a capability in bytes, added up. */
  static int dataUnitMask(int capability) {
    int mask = CqhciFields.CRYPTOCAP_UNIT_MASK.extractInt(Integer.toUnsignedLong(capability));
    return mask * BLOCK_BYTES;
  }

  static boolean knowsZeroRule(int capability) {
    return CqhciFields.CRYPTOCAP_ZERO_RULE.isSet(Integer.toUnsignedLong(capability));
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    CryptoConfig config = key.config();
    int capability = find(capabilities, config);
    if (capability < 0) {
      throw new KeyslotException(
          Reason.NOT_SUPPORTED, "engine must have a capability for the key's use: " + config);
    }
    int unitCode = config.dataUnitBytes() / BLOCK_BYTES;
    int dword16 = CryptoConfigFields.DATA_UNIT.insert32(0, unitCode);
    dword16 = CryptoConfigFields.CAPABILITY.insert32(dword16, capability);
    dword16 = CryptoConfigFields.ENABLE.set32(dword16);
    int dword17 = CryptoConfigFields.ZERO_RULE.insert32(0, config.zeroRule() ? 1 : 0);
    try {
      // Flat: the halves of AES-256-XTS meet at byte 32, and other keys have no halves.
      key.withBytes(bytes -> MemorySegment.copy(bytes, 0, entry, 0, bytes.byteSize()));
      write(slot, dword16, dword17);
    } finally {
      entry.fill((byte) 0);
    }
  }

  /** The first capability that can do what {@code config} asks of raw keys; -1 if there is none. */
  static int find(int[] capabilities, CryptoConfig config) {
    for (int i = 0; i < capabilities.length && config.keyType() == KeyType.RAW; i++) {
      int capability = capabilities[i];
      boolean unitFits =
          Integer.bitCount(config.dataUnitBytes()) == 1
              && BitField.bit(Integer.numberOfTrailingZeros(config.dataUnitBytes()))
                  .isSet(dataUnitMask(capability));
      if (mode(capability) == config.mode()
          && unitFits
          && (!config.zeroRule() || knowsZeroRule(capability))) {
        return i;
      }
    }
    return -1;
  }

  @Override
  public void evict(int slot, CryptoKey key) {
    clear(slot);
  }

  /** Programs an entry of zeros: clearing the enable bit alone might not remove the key. */
  void clear(int slot) {
    write(slot, 0, 0);
  }

  /** Disable, key, vendor dword, enable: the slot is live from the last write on. */
  private void write(int slot, int dword16, int dword17) {
    long at = arrayOffset + (long) slot * CqhciLayout.CRYPTOCFG_STRIDE_BYTES;
    registers.writeAt(at + CryptoConfigFields.CONFIG_BYTE, 0);
    registers.writeAt(at, entry);
    registers.writeAt(at + CryptoConfigFields.VENDOR_BYTE, dword17);
    registers.writeAt(at + CryptoConfigFields.CONFIG_BYTE, dword16);
  }
}
