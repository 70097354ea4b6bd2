package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/**
 * A CRYPTOCFG entry: 32 dwords of one keyslot.
 *
 * <pre>
 *  byte  0 .. 63   key; XTS: first half from byte 0, second half from byte 32
 *  byte 64         data unit size, one-hot: size / 512     \
 *  byte 65         capability index                         | dword 16
 *  byte 67 bit 7   CFGE                                    /
 *  byte 68         reserved (multi-host)                   \
 *  byte 70 bit 0   zero rule, ours                          | dword 17
 *  byte 70 bit 1   wrapped key, ours                        |
 *  byte 70 .. 71   vendor specific                         /
 *  byte 72 .. 127  reserved
 * </pre>
 */
public final class CryptoConfigFields {

  public static final int KEY_DWORDS = 16;
  public static final int KEY_BYTES = 64;

  /** Where the second half of an XTS key starts, also for 128-bit halves. */
  public static final int XTS_SECOND_HALF_BYTE = 32;

  /** Byte offset, in the entry, of the dword with data unit size, capability index and CFGE. */
  public static final int CONFIG_BYTE = 0x40;

  /** Byte offset, in the entry, of the dword with multi-host and vendor bytes. */
  public static final int VENDOR_BYTE = 0x44;

  /** Dword 16: data unit size in 512-byte units, one-hot. */
  public static final BitField DATA_UNIT = BitField.of(0, 8);

  /** Dword 16: index of the CRYPTOCAP entry. */
  public static final BitField CAPABILITY = BitField.of(8, 8);

  /** Dword 16: configuration enable. Written last: the slot is live from then on. */
  public static final BitField ENABLE = BitField.bit(31);

  /**
   * Dword 17, byte 70 bit 0; ours, not the standard's: a 512-byte sector whose ciphertext is all
   * zero bytes reads as zeros. Only where {@link CqhciFields#CRYPTOCAP_ZERO_RULE} announces it;
   * elsewhere a slot with this bit set is unusable.
   */
  public static final BitField ZERO_RULE = BitField.bit(16);

  /**
   * Dword 17, byte 70 bit 1; ours, not the standard's: bytes 0 to 59 are a key that the engine's
   * key manager sealed in this power cycle, bytes 60 to 63 are zero. Only where {@link
   * CqhciFields#CRYPTOCAP_WRAPPED} announces it; elsewhere, and with a form that was not sealed so,
   * the slot is unusable.
   */
  public static final BitField WRAPPED = BitField.bit(17);

  private CryptoConfigFields() {}
}
