package dev.keyslot.link.cqhci;

/** CRYPTOCAP key sizes; for XTS the size of one half. */
public enum CryptoKeySize {
  INVALID(0, 0),
  BITS_128(1, 16),
  BITS_192(2, 24),
  BITS_256(3, 32),
  BITS_512(4, 64);

  private final int code;
  private final int bytes;

  CryptoKeySize(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** As in CRYPTOCAP bits 23:16. */
  public int code() {
    return code;
  }

  /** Of one AES key. */
  public int bytes() {
    return bytes;
  }
}
