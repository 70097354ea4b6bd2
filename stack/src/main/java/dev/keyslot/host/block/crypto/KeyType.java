package dev.keyslot.host.block.crypto;

/** What the bytes of a key are; each kind is a bit in the kernel's mask of supported key types. */
public enum KeyType {
  /** The key itself. */
  RAW(1),
  /** A key that only this device can unwrap, and only until its next reboot. */
  HW_WRAPPED(2);

  private final int bit;

  KeyType(int bit) {
    this.bit = bit;
  }

  /** The kernel's mask bit. */
  public int bit() {
    return bit;
  }
}
