package dev.keyslot.host.block.crypto;

import java.util.Arrays;

/**
 * What a piece of hardware can encrypt: per mode the data unit sizes, as a mask in which the bit of
 * value 512 means 512 bytes; the longest data unit number; the key types.
 *
 * <p>Set by the probing thread before anybody else sees it; afterwards it may only grow.
 */
final class CryptoCapabilities {

  /** By the number of the mode; entry 0 stays 0. */
  private final int[] dataUnitMasks = new int[CryptoMode.values().length + 1];

  private int maxDunBytes;
  private int keyTypeBits;
  private boolean zeroRule;

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

  boolean zeroRule() {
    return zeroRule;
  }

  void setZeroRule(boolean on) {
    zeroRule = on;
  }

  /** Whether {@code config} can be used: every property of it within what is here. */
  boolean supports(CryptoConfig config) {
    return config.allowHardware()
        && (dataUnitMask(config.mode()) & config.dataUnitBytes()) != 0
        && maxDunBytes >= config.dunBytes()
        && supports(config.keyType())
        && config.dunStep() == 1
        && (zeroRule || !config.zeroRule());
  }

  /** Keeps what {@code other} has too; null has nothing. */
  void intersect(CryptoCapabilities other) {
    if (other == null) {
      clear();
      return;
    }
    for (int i = 0; i < dataUnitMasks.length; i++) {
      dataUnitMasks[i] &= other.dataUnitMasks[i];
    }
    maxDunBytes = Math.min(maxDunBytes, other.maxDunBytes);
    keyTypeBits &= other.keyTypeBits;
    zeroRule &= other.zeroRule;
  }

  /** Whether everything in {@code other} is here too. */
  boolean covers(CryptoCapabilities other) {
    for (int i = 0; i < dataUnitMasks.length; i++) {
      if ((other.dataUnitMasks[i] & ~dataUnitMasks[i]) != 0) {
        return false;
      }
    }
    return other.maxDunBytes <= maxDunBytes
        && (other.keyTypeBits & ~keyTypeBits) == 0
        && (zeroRule || !other.zeroRule);
  }

  void copyFrom(CryptoCapabilities other) {
    System.arraycopy(other.dataUnitMasks, 0, dataUnitMasks, 0, dataUnitMasks.length);
    maxDunBytes = other.maxDunBytes;
    keyTypeBits = other.keyTypeBits;
    zeroRule = other.zeroRule;
  }

  void clear() {
    Arrays.fill(dataUnitMasks, 0);
    maxDunBytes = 0;
    keyTypeBits = 0;
    zeroRule = false;
  }

  boolean empty() {
    return Arrays.stream(dataUnitMasks).allMatch(mask -> mask == 0);
  }
}
