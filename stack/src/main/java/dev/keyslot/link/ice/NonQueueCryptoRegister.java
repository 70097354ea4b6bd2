package dev.keyslot.link.ice;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Register;

/**
 * Two registers by which a Qualcomm host encrypts commands outside the queue; offsets are bytes
 * from the start of the CQHCI block.
 *
 * <p>They hold for the next data command and until written again. Other parts use the offsets for
 * other things.
 */
public enum NonQueueCryptoRegister implements Register {
  PARAMETER(0x70, "7:0 keyslot, 8 enable"),
  DATA_UNIT_NUMBER(0x74, "number of the first data unit");

  /** In {@link #PARAMETER}. */
  public static final BitField KEYSLOT = BitField.of(0, 8);

  /** In {@link #PARAMETER}. */
  public static final BitField ENABLE = BitField.bit(8);

  private final int offset;
  private final String meaning;

  NonQueueCryptoRegister(int offset, String meaning) {
    this.offset = offset;
    this.meaning = meaning;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int widthBytes() {
    return Integer.BYTES;
  }

  @Override
  public Access access() {
    return Access.READ_WRITE;
  }

  @Override
  public int resetValue() {
    return 0;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
