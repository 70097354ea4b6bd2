package dev.keyslot.link.emmc;

/** Fields of the 128-bit CID; the most significant bit travels first, in byte 0. */
public enum CidField {
  MID(127, 120),
  CBX(113, 112),
  OID(111, 104),
  /** Six ASCII characters. */
  PNM(103, 56),
  PRV(55, 48),
  PSN(47, 16),
  MDT(15, 8),
  CRC(7, 1),
  ALWAYS_ONE(0, 0);

  private final int high;
  private final int low;

  CidField(int high, int low) {
    this.high = high;
    this.low = low;
  }

  /** Highest bit, 0 to 127. */
  public int high() {
    return high;
  }

  /** Lowest bit. */
  public int low() {
    return low;
  }
}
