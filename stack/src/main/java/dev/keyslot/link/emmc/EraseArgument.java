package dev.keyslot.link.emmc;

/** Arguments of CMD38. */
public final class EraseArgument {

  /** Whole erase groups. */
  public static final int ERASE = 0x0000_0000;

  /** Sectors; read as ERASED_MEM_CONT afterwards. */
  public static final int TRIM = 0x0000_0001;

  /** Sectors; content undefined afterwards. */
  public static final int DISCARD = 0x0000_0003;

  public static final int SECURE_ERASE = 0x8000_0000;
  public static final int SECURE_TRIM_1 = 0x8000_0001;
  public static final int SECURE_TRIM_2 = 0x8000_8000;

  private EraseArgument() {}
}
