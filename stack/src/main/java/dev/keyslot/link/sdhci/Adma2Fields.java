package dev.keyslot.link.sdhci;

import dev.keyslot.base.BitField;

/**
 * ADMA2 descriptors: a little-endian attribute word, then an address of 32 or 64 bits at byte 4.
 *
 * <p>8 bytes with 32-bit addresses, 12 with 64-bit ones (version 3), 16 in version 4 mode.
 */
public final class Adma2Fields {

  public static final BitField VALID = BitField.bit(0);
  public static final BitField END = BitField.bit(1);
  public static final BitField INT = BitField.bit(2);
  public static final BitField ACTION = BitField.of(4, 2);

  /** Bytes; 0 stands for 65536. */
  public static final BitField LENGTH = BitField.of(16, 16);

  public static final int ACTION_NOP = 0;
  public static final int ACTION_TRANSFER = 2;
  public static final int ACTION_LINK = 3;

  public static final int ADDRESS_BYTE = 4;
  public static final int BYTES_32 = 8;
  public static final int BYTES_64 = 12;
  public static final int BYTES_64_V4 = 16;

  private Adma2Fields() {}
}
