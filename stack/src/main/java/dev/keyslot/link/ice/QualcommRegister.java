package dev.keyslot.link.ice;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Register;

/** Vendor registers of a Qualcomm host; each offset counts from the start of the block it names. */
public enum QualcommRegister implements Register {
  /** In the SDHCI window. */
  VENDOR_FUNCTION_4(0x260, 0x8000, "SDHCI block; bit 15: no crypto for commands outside the queue"),
  /** In the CQHCI block. */
  QUEUE_VENDOR_CONFIG(0xA00, 0x6000, "CQHCI block; 14:13: reset when the queue is enabled");

  /** In {@link #VENDOR_FUNCTION_4}; set after a reset. */
  public static final BitField DISABLE_CRYPTO = BitField.bit(15);

  /** In {@link #QUEUE_VENDOR_CONFIG}. */
  public static final BitField RESET_ON_ENABLE = BitField.of(13, 2);

  private final int offset;
  private final int resetValue;
  private final String meaning;

  QualcommRegister(int offset, int resetValue, String meaning) {
    this.offset = offset;
    this.resetValue = resetValue;
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
    return resetValue;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
