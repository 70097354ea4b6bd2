package dev.keyslot.host.block.crypto;

import java.util.Objects;

/**
 * How a key is used; hardware either can do exactly this or the software fallback must.
 *
 * <p>A description only: it is checked when a key is made from it (the kernel's order of checks
 * puts the key's size between the mode and the rest), and a senseless one is supported nowhere.
 *
 * @param mode the cipher
 * @param dataUnitBytes bytes encrypted under one data unit number: a power of two
 * @param dunBytes bytes that hold every data unit number used with the key
 * @param keyType what the key's bytes are
 * @param zeroRule whether a 512-byte sector whose ciphertext is all zero reads as zeros
 * @param dunStep what the data unit number grows by from one unit to the next; hardware only knows
 *     1
 * @param allowHardware whether hardware may be used where it can; when not, the fallback always is
 */
public record CryptoConfig(
    CryptoMode mode,
    int dataUnitBytes,
    int dunBytes,
    KeyType keyType,
    boolean zeroRule,
    int dunStep,
    boolean allowHardware) {

  public CryptoConfig {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(keyType, "keyType");
  }

  /** A configuration with data unit numbers growing by 1, on hardware where it can. */
  public CryptoConfig(
      CryptoMode mode, int dataUnitBytes, int dunBytes, KeyType keyType, boolean zeroRule) {
    this(mode, dataUnitBytes, dunBytes, keyType, zeroRule, 1, true);
  }

  /** The same with another step of the data unit number. */
  public CryptoConfig withDunStep(int step) {
    return new CryptoConfig(mode, dataUnitBytes, dunBytes, keyType, zeroRule, step, allowHardware);
  }

  /** The same, never on hardware: the kernel's flag ALLOW_HW cleared. */
  public CryptoConfig withoutHardware() {
    return new CryptoConfig(mode, dataUnitBytes, dunBytes, keyType, zeroRule, dunStep, false);
  }
}
