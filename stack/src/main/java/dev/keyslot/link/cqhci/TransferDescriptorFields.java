package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/**
 * Link and transfer descriptors: a little-endian 32-bit word, then an address of 32 or 64 bits.
 *
 * <pre>
 *  31             16 15          6 5    3  2  1  0
 * +-----------------+-------------+------+--+--+--+
 * | length          |      0      | ACT  |IN|EN|VA|
 * +-----------------+-------------+------+--+--+--+
 * </pre>
 */
public final class TransferDescriptorFields {

  public static final BitField VALID = BitField.bit(0);

  /** Last descriptor of the chain. */
  public static final BitField END = BitField.bit(1);

  public static final BitField INT = BitField.bit(2);
  public static final BitField ACT = BitField.of(3, 3);

  /** Bytes; 0 stands for 65536. */
  public static final BitField LENGTH = BitField.of(16, 16);

  public static final int ACT_NOP = 0;
  public static final int ACT_TRANSFER = 4;
  public static final int ACT_LINK = 6;

  /** Where the address starts, in both forms. */
  public static final int ADDRESS_BYTE = 4;

  /** What length 0 means, and the most that one descriptor moves. */
  public static final int LENGTH_MAX_BYTES = 65536;

  private TransferDescriptorFields() {}
}
