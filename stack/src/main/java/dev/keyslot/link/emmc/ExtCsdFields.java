package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** Bits and values inside EXT_CSD bytes, named byte first. */
public final class ExtCsdFields {

  public static final BitField CMDQ_MODE_ENABLE = BitField.bit(0);
  public static final BitField FLUSH = BitField.bit(0);
  public static final BitField BARRIER = BitField.bit(1);
  public static final BitField CACHE_ENABLE = BitField.bit(0);

  // EXCEPTION_EVENTS_STATUS and EXCEPTION_EVENTS_CTRL, first byte.
  public static final BitField EVENT_URGENT_BKOPS = BitField.bit(0);
  public static final BitField EVENT_DYNCAP = BitField.bit(1);

  /** The medium is full; see {@link CardStatusFields}. */
  public static final BitField EVENT_SYSPOOL_EXHAUSTED = BitField.bit(2);

  public static final BitField EVENT_PACKED_FAILURE = BitField.bit(3);

  /** Ours: CMD60 answers. */
  public static final BitField HOLE_QUERY_SUPPORTED = BitField.bit(0);

  /** Ours, in the same byte: what was acknowledged outlives a reset of the card, flushed or not. */
  public static final BitField CACHE_OUTLIVES_RESET = BitField.bit(1);

  public static final BitField ERASE_GROUP_DEF_HIGH_CAPACITY = BitField.bit(0);

  public static final BitField PARTITION_ACCESS = BitField.of(0, 3);
  public static final BitField PARTITION_BOOT_ENABLE = BitField.of(3, 3);
  public static final BitField PARTITION_BOOT_ACK = BitField.bit(6);

  public static final int ACCESS_USER = 0;
  public static final int ACCESS_BOOT_1 = 1;
  public static final int ACCESS_BOOT_2 = 2;
  public static final int ACCESS_RPMB = 3;

  public static final int WIDTH_1 = 0;
  public static final int WIDTH_4 = 1;
  public static final int WIDTH_8 = 2;
  public static final int WIDTH_4_DDR = 5;
  public static final int WIDTH_8_DDR = 6;

  /** Bus width byte, bit 7: enhanced strobe. */
  public static final BitField WIDTH_STROBE = BitField.bit(7);

  public static final BitField TIMING_MODE = BitField.of(0, 4);
  public static final BitField TIMING_DRIVER = BitField.of(4, 4);

  public static final int TIMING_LEGACY = 0;
  public static final int TIMING_HIGH_SPEED = 1;
  public static final int TIMING_HS200 = 2;
  public static final int TIMING_HS400 = 3;

  public static final BitField DEVICE_TYPE_HS26 = BitField.bit(0);
  public static final BitField DEVICE_TYPE_HS52 = BitField.bit(1);
  public static final BitField DEVICE_TYPE_DDR52 = BitField.bit(2);
  public static final BitField DEVICE_TYPE_HS200_1V8 = BitField.bit(4);
  public static final BitField DEVICE_TYPE_HS400_1V8 = BitField.bit(6);

  public static final BitField SECURE_ERASE_SUPPORTED = BitField.bit(0);
  public static final BitField TRIM_SUPPORTED = BitField.bit(4);
  public static final BitField SANITIZE_SUPPORTED = BitField.bit(6);

  /** Any length of reliable write, atomic per 512-byte sector. */
  public static final BitField WR_REL_ENHANCED = BitField.bit(2);

  public static final BitField CMDQ_DEPTH_LESS_ONE = BitField.of(0, 5);
  public static final BitField CMDQ_SUPPORTED = BitField.bit(0);

  public static final BitField RESET_N = BitField.of(0, 2);
  public static final int RESET_N_ENABLED = 1;

  public static final int POWER_ON = 1;
  public static final int POWER_OFF_SHORT = 2;
  public static final int POWER_OFF_LONG = 3;

  private ExtCsdFields() {}
}
