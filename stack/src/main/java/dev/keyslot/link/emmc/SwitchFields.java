package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** Argument of CMD6. Example: flush of the cache is 03200101h. */
public final class SwitchFields {

  public static final BitField COMMAND_SET = BitField.of(0, 3);
  public static final BitField VALUE = BitField.of(8, 8);

  /** Byte of EXT_CSD. */
  public static final BitField INDEX = BitField.of(16, 8);

  public static final BitField MODE = BitField.of(24, 2);

  public static final int MODE_COMMAND_SET = 0;
  public static final int MODE_SET_BITS = 1;
  public static final int MODE_CLEAR_BITS = 2;
  public static final int MODE_WRITE_BYTE = 3;

  private SwitchFields() {}
}
