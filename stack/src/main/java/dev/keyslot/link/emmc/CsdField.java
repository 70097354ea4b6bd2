package dev.keyslot.link.emmc;

/** Fields of the 128-bit CSD; the most significant bit travels first, in byte 0. */
public enum CsdField {
  CSD_STRUCTURE(127, 126),
  SPEC_VERS(125, 122),
  TAAC(119, 112),
  NSAC(111, 104),
  TRAN_SPEED(103, 96),
  CCC(95, 84),
  READ_BL_LEN(83, 80),
  C_SIZE(73, 62),
  CURRENTS(61, 50),
  C_SIZE_MULT(49, 47),
  ERASE_GRP_SIZE(46, 42),
  ERASE_GRP_MULT(41, 37),
  WP_GRP_SIZE(36, 32),
  WP_GRP_ENABLE(31, 31),
  R2W_FACTOR(28, 26),
  WRITE_BL_LEN(25, 22),
  FILE_FORMAT_GRP(15, 15),
  /** Once set for ever. */
  COPY(14, 14),
  /** Once set for ever. */
  PERM_WRITE_PROTECT(13, 13),
  TMP_WRITE_PROTECT(12, 12),
  FILE_FORMAT(11, 10),
  ECC(9, 8),
  CRC(7, 1),
  ALWAYS_ONE(0, 0);

  private final int high;
  private final int low;

  CsdField(int high, int low) {
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
