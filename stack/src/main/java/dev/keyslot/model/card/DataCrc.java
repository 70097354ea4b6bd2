package dev.keyslot.model.card;

import dev.keyslot.base.BitField;

/**
 * CRC16 (x^16 + x^12 + x^5 + 1, from 0, high bit first), which a data line sends behind a block.
 *
 * <p>Worked out where a fault puts noise on the lines; all other blocks arrive as they were sent.
 */
final class DataCrc {

  private static final int POLYNOMIAL = 0x1021;
  private static final BitField TOP = BitField.bit(15);
  private static final BitField ALL = BitField.of(0, 16);

  private DataCrc() {}

  /** The CRC behind {@code block} on a bus of one line. */
  static int of(byte[] block) {
    int crc = 0;
    for (byte next : block) {
      for (int bit = Byte.SIZE - 1; bit >= 0; bit--) {
        boolean in = BitField.bit(bit).isSet(Byte.toUnsignedInt(next));
        boolean turns = in != TOP.isSet(crc);
        crc = ALL.extractInt(2L * crc);
        crc ^= turns ? POLYNOMIAL : 0;
      }
    }
    return crc;
  }
}
