package dev.keyslot.host.block.crypto;

import java.util.Arrays;

/**
 * What a piece of hardware can encrypt: per mode the data unit sizes, as a mask in which the bit of
 * value 512 means 512 bytes, and for which of them it has the zero rule; the longest data unit
 * number; the key types.
 *
 * <p>Set by the probing thread before anybody else sees it; afterwards it may only grow.
 */
final class CryptoCapabilities {

  /** By the number of the mode; entry 0 stays 0. */
  private final int[] dataUnitMasks = new int[CryptoMode.values().length + 1];

  /** Likewise, the sizes that can be used under the zero rule. */
  private final int[] zeroRuleMasks = new int[dataUnitMasks.length];

  private int maxDunBytes;
  private int keyTypeBits;

  int dataUnitMask(CryptoMode mode) {
    return dataUnitMasks[mode.number()];
  }

  void setDataUnitMask(CryptoMode mode, int mask) {
    dataUnitMasks[mode.number()] = mask;
  }

  int maxDunBytes() {
    return maxDunBytes;
  }

  void setMaxDunBytes(int bytes) {
    maxDunBytes = bytes;
  }

  boolean supports(KeyType type) {
    return (keyTypeBits & type.bit()) != 0;
  }

  void addKeyType(KeyType type) {
    keyTypeBits |= type.bit();
  }

  void setZeroRuleMask(CryptoMode mode, int mask) {
    zeroRuleMasks[mode.number()] = mask;
  }

  /** Whether {@code config} can be used: every property of it within what is here. */
  boolean supports(CryptoConfig config) {
    int units = dataUnitMasks[config.mode().number()];
    if (config.zeroRule()) {
      units &= zeroRuleMasks[config.mode().number()];
    }
    return config.allowHardware()
        && (units & config.dataUnitBytes()) != 0
        && maxDunBytes >= config.dunBytes()
        && supports(config.keyType())
        && config.dunStep() == 1;
  }

  /** Keeps what {@code other} has too; null has nothing. */
  void intersect(CryptoCapabilities other) {
    if (other == null) {
      clear();
      return;
    }
    for (int i = 0; i < dataUnitMasks.length; i++) {
      dataUnitMasks[i] &= other.dataUnitMasks[i];
      zeroRuleMasks[i] &= other.zeroRuleMasks[i];
    }
    maxDunBytes = Math.min(maxDunBytes, other.maxDunBytes);
    keyTypeBits &= other.keyTypeBits;
  }

  /** Whether everything in {@code other} is here too. */
  boolean covers(CryptoCapabilities other) {
    for (int i = 0; i < dataUnitMasks.length; i++) {
      if ((other.dataUnitMasks[i] & ~dataUnitMasks[i]) != 0
          || (other.zeroRuleMasks[i] & ~zeroRuleMasks[i]) != 0) {
        return false;
      }
    }
    return other.maxDunBytes <= maxDunBytes && (other.keyTypeBits & ~keyTypeBits) == 0;
  }

  void copyFrom(CryptoCapabilities other) {
    System.arraycopy(other.dataUnitMasks, 0, dataUnitMasks, 0, dataUnitMasks.length);
    System.arraycopy(other.zeroRuleMasks, 0, zeroRuleMasks, 0, zeroRuleMasks.length);
    maxDunBytes = other.maxDunBytes;
    keyTypeBits = other.keyTypeBits;
  }

  void clear() {
    Arrays.fill(dataUnitMasks, 0);
    Arrays.fill(zeroRuleMasks, 0);
    maxDunBytes = 0;
    keyTypeBits = 0;
  }
}
