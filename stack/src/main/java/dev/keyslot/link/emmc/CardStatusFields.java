package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/**
 * The card status of an R1 response.
 *
 * <p>How a full medium shows, ours: the status of the failed write or trim has {@link #ERROR} and
 * {@link #EXCEPTION_EVENT} set, and EXT_CSD EXCEPTION_EVENTS_STATUS has {@link
 * ExtCsdFields#EVENT_SYSPOOL_EXHAUSTED} set until a write or a trim succeeds. ERROR alone is any
 * other failure of the medium on writing; {@link #DEVICE_ECC_FAILED} one on reading.
 */
public final class CardStatusFields {

  public static final BitField ADDRESS_OUT_OF_RANGE = BitField.bit(31);
  public static final BitField ADDRESS_MISALIGN = BitField.bit(30);
  public static final BitField BLOCK_LEN_ERROR = BitField.bit(29);
  public static final BitField ERASE_SEQ_ERROR = BitField.bit(28);
  public static final BitField ERASE_PARAM = BitField.bit(27);
  public static final BitField WP_VIOLATION = BitField.bit(26);
  public static final BitField DEVICE_IS_LOCKED = BitField.bit(25);
  public static final BitField LOCK_UNLOCK_FAILED = BitField.bit(24);

  /** Of the previous command. */
  public static final BitField COM_CRC_ERROR = BitField.bit(23);

  /** Of the previous command. */
  public static final BitField ILLEGAL_COMMAND = BitField.bit(22);

  public static final BitField DEVICE_ECC_FAILED = BitField.bit(21);
  public static final BitField CC_ERROR = BitField.bit(20);
  public static final BitField ERROR = BitField.bit(19);
  public static final BitField CID_CSD_OVERWRITE = BitField.bit(16);
  public static final BitField WP_ERASE_SKIP = BitField.bit(15);
  public static final BitField ERASE_RESET = BitField.bit(13);

  /** See {@link CardState}: the state in which the command was received. */
  public static final BitField CURRENT_STATE = BitField.of(9, 4);

  public static final BitField READY_FOR_DATA = BitField.bit(8);

  /** Reported by the status after the CMD6. */
  public static final BitField SWITCH_ERROR = BitField.bit(7);

  public static final BitField EXCEPTION_EVENT = BitField.bit(6);
  public static final BitField APP_CMD = BitField.bit(5);

  private CardStatusFields() {}
}
