package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/**
 * The key part of a slot in the task list of a host without keyslots; ours, no standard has it.
 *
 * <p>Where {@link CqhciFields#CAP_INLINE_KEYS} is set each slot is 112 bytes long: a task
 * descriptor of 16 bytes, a link descriptor of 16, and this part of 80. Of the task's upper word
 * the engine takes {@link TaskDescriptorFields#DUN} and {@link TaskDescriptorFields#CRYPTO_ENABLE};
 * the field for a keyslot is zero. The capability list says which data units there are; there are
 * no keyslots to program and CCAP's count and pointer are zero.
 *
 * <pre>
 *  byte  0 .. 63   key; AES-256-XTS: both halves
 *  byte 64         data unit size, one-hot: size / 512
 *  byte 65         capability index
 *  byte 66         flags: bit 0 zero rule
 *  byte 67 .. 79   reserved, zero
 * </pre>
 */
public final class InlineKeyFields {

  /** Length of the part. */
  public static final int BYTES = 80;

  public static final int KEY_BYTES = 64;

  /** Where the dword with unit, capability and flags stands. */
  public static final int CONFIG_BYTE = 64;

  /** Data unit size in 512-byte units, one-hot. */
  public static final BitField DATA_UNIT = BitField.of(0, 8);

  /** Index of the CRYPTOCAP entry. */
  public static final BitField CAPABILITY = BitField.of(8, 8);

  /** A 512-byte sector whose ciphertext is all zero reads as zeros. */
  public static final BitField ZERO_RULE = BitField.bit(16);

  private InlineKeyFields() {}
}
