package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Checks;

/**
 * The ciphers a key can be for, with the kernel's numbers and names.
 *
 * <p>Number 0 means "invalid" there and has no constant here. The strength is the least size in
 * bytes of a hardware-wrapped key of that mode.
 */
public enum CryptoMode {
  AES_256_XTS(1, "AES-256-XTS", 64, 32, 16),
  AES_128_CBC_ESSIV(2, "AES-128-CBC-ESSIV", 16, 16, 16),
  ADIANTUM(3, "Adiantum", 32, 32, 32),
  SM4_XTS(4, "SM4-XTS", 32, 16, 16);

  private final int number;
  private final String kernelName;
  private final int keyBytes;
  private final int strengthBytes;
  private final int ivBytes;

  CryptoMode(int number, String kernelName, int keyBytes, int strengthBytes, int ivBytes) {
    this.number = number;
    this.kernelName = kernelName;
    this.keyBytes = keyBytes;
    this.strengthBytes = strengthBytes;
    this.ivBytes = ivBytes;
  }

  /** The kernel's number of the mode, from 1. */
  public int number() {
    return number;
  }

  /** The name of the mode's file under {@code queue/crypto/modes}. */
  public String kernelName() {
    return kernelName;
  }

  /** Size of a raw key. */
  public int keyBytes() {
    return keyBytes;
  }

  /** Security strength: a wrapped key is at least this long. */
  public int strengthBytes() {
    return strengthBytes;
  }

  /** Size of the initialisation vector; a data unit number is at most this long. */
  public int ivBytes() {
    return ivBytes;
  }

  /** The mode with the kernel's {@code number}; 0 and unknown numbers are refused. */
  public static CryptoMode ofNumber(int number) {
    for (CryptoMode mode : values()) {
      if (mode.number == number) {
        return mode;
      }
    }
    Checks.argument(
        false, "crypto mode number must be in [1, %d]: number=%d", SM4_XTS.number, number);
    throw new AssertionError();
  }
}
