package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** Argument of CMD23. */
public final class BlockCountFields {

  public static final BitField COUNT = BitField.of(0, 16);
  public static final BitField FORCED_PROGRAMMING = BitField.bit(24);
  public static final BitField CONTEXT = BitField.of(25, 4);
  public static final BitField TAG_REQUEST = BitField.bit(29);
  public static final BitField PACKED = BitField.bit(30);
  public static final BitField RELIABLE_WRITE = BitField.bit(31);

  private BlockCountFields() {}
}
