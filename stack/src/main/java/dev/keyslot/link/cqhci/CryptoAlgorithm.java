package dev.keyslot.link.cqhci;

/** CRYPTOCAP algorithm identifiers. */
public enum CryptoAlgorithm {
  AES_XTS(0),
  BITLOCKER_AES_CBC(1),
  AES_ECB(2),
  ESSIV_AES_CBC(3);

  private final int code;

  CryptoAlgorithm(int code) {
    this.code = code;
  }

  /** As in CRYPTOCAP bits 7:0. */
  public int code() {
    return code;
  }
}
