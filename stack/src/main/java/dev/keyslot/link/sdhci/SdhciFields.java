package dev.keyslot.link.sdhci;

import dev.keyslot.base.BitField;

/** Bit fields of the SDHCI registers other than interrupts, named register first. */
public final class SdhciFields {

  public static final BitField BLOCK_SIZE_BYTES = BitField.of(0, 12);

  /** SDMA stops at each multiple of {@code 4096 << n} bytes. */
  public static final BitField BLOCK_SIZE_SDMA_BOUNDARY = BitField.of(12, 3);

  public static final BitField MODE_DMA = BitField.bit(0);
  public static final BitField MODE_BLOCK_COUNT = BitField.bit(1);

  /** 0 none, 1 CMD12, 2 CMD23, 3 auto select (version 4). */
  public static final BitField MODE_AUTO_COMMAND = BitField.of(2, 2);

  public static final BitField MODE_READ = BitField.bit(4);
  public static final BitField MODE_MULTI_BLOCK = BitField.bit(5);

  public static final int AUTO_NONE = 0;
  public static final int AUTO_CMD12 = 1;
  public static final int AUTO_CMD23 = 2;

  public static final BitField COMMAND_RESPONSE = BitField.of(0, 2);
  public static final BitField COMMAND_CRC_CHECK = BitField.bit(3);
  public static final BitField COMMAND_INDEX_CHECK = BitField.bit(4);
  public static final BitField COMMAND_DATA = BitField.bit(5);

  /** 0 normal, 1 suspend, 2 resume, 3 abort. */
  public static final BitField COMMAND_TYPE = BitField.of(6, 2);

  public static final BitField COMMAND_INDEX = BitField.of(8, 6);

  public static final int RESPONSE_NONE = 0;
  public static final int RESPONSE_136 = 1;
  public static final int RESPONSE_48 = 2;
  public static final int RESPONSE_48_BUSY = 3;

  /** {@link #COMMAND_TYPE} of CMD12. */
  public static final int TYPE_ABORT = 3;

  public static final BitField PRESENT_COMMAND_INHIBIT = BitField.bit(0);
  public static final BitField PRESENT_DATA_INHIBIT = BitField.bit(1);
  public static final BitField PRESENT_DATA_ACTIVE = BitField.bit(2);
  public static final BitField PRESENT_RETUNING = BitField.bit(3);
  public static final BitField PRESENT_WRITE_ACTIVE = BitField.bit(8);
  public static final BitField PRESENT_READ_ACTIVE = BitField.bit(9);
  public static final BitField PRESENT_BUFFER_WRITE_ENABLE = BitField.bit(10);
  public static final BitField PRESENT_BUFFER_READ_ENABLE = BitField.bit(11);
  public static final BitField PRESENT_CARD_INSERTED = BitField.bit(16);
  public static final BitField PRESENT_CARD_STABLE = BitField.bit(17);
  public static final BitField PRESENT_CARD_DETECT = BitField.bit(18);
  public static final BitField PRESENT_WRITABLE = BitField.bit(19);

  /** DAT[3:0]; its lowest bit 0 means that the card is busy. */
  public static final BitField PRESENT_DAT_LEVEL = BitField.of(20, 4);

  /** DAT0: 0 means busy. */
  public static final BitField PRESENT_DAT0 = BitField.bit(20);

  public static final BitField PRESENT_COMMAND_LEVEL = BitField.bit(24);

  public static final BitField CONTROL1_WIDTH_4 = BitField.bit(1);
  public static final BitField CONTROL1_HIGH_SPEED = BitField.bit(2);
  public static final BitField CONTROL1_DMA_SELECT = BitField.of(3, 2);
  public static final BitField CONTROL1_WIDTH_8 = BitField.bit(5);

  public static final int DMA_SDMA = 0;
  public static final int DMA_ADMA2_32 = 2;
  public static final int DMA_ADMA2_64 = 3;

  public static final BitField POWER_ON = BitField.bit(0);

  /** 5 1.8 V, 6 3.0 V, 7 3.3 V. */
  public static final BitField POWER_VOLTAGE = BitField.of(1, 3);

  /** Drives the card's RST_n low while set, on Intel parts. */
  public static final BitField POWER_CARD_RESET = BitField.bit(4);

  public static final BitField CLOCK_INTERNAL_ENABLE = BitField.bit(0);
  public static final BitField CLOCK_STABLE = BitField.bit(1);
  public static final BitField CLOCK_CARD_ENABLE = BitField.bit(2);
  public static final BitField CLOCK_DIVIDER_HIGH = BitField.of(6, 2);
  public static final BitField CLOCK_DIVIDER_LOW = BitField.of(8, 8);

  public static final BitField RESET_ALL = BitField.bit(0);
  public static final BitField RESET_COMMAND = BitField.bit(1);
  public static final BitField RESET_DATA = BitField.bit(2);

  public static final BitField AUTO_ERROR_NOT_EXECUTED = BitField.bit(0);
  public static final BitField AUTO_ERROR_TIMEOUT = BitField.bit(1);
  public static final BitField AUTO_ERROR_CRC = BitField.bit(2);
  public static final BitField AUTO_ERROR_END_BIT = BitField.bit(3);
  public static final BitField AUTO_ERROR_INDEX = BitField.bit(4);
  public static final BitField AUTO_ERROR_NOT_ISSUED = BitField.bit(7);

  /** 0 SDR12, 1 SDR25, 2 SDR50, 3 SDR104 and HS200, 4 DDR50 and DDR52, 5 HS400. */
  public static final BitField CONTROL2_UHS_MODE = BitField.of(0, 3);

  public static final BitField CONTROL2_1V8 = BitField.bit(3);
  public static final BitField CONTROL2_DRIVER = BitField.of(4, 2);
  public static final BitField CONTROL2_EXECUTE_TUNING = BitField.bit(6);

  /** Sampling clock select: tuning succeeded. */
  public static final BitField CONTROL2_TUNED = BitField.bit(7);

  public static final BitField CONTROL2_ADMA_LENGTH_26 = BitField.bit(10);
  public static final BitField CONTROL2_CMD23_ENABLE = BitField.bit(11);
  public static final BitField CONTROL2_VERSION_4 = BitField.bit(12);
  public static final BitField CONTROL2_64_BIT = BitField.bit(13);
  public static final BitField CONTROL2_PRESET_ENABLE = BitField.bit(15);

  public static final BitField CAP_TIMEOUT_CLOCK = BitField.of(0, 6);
  public static final BitField CAP_TIMEOUT_CLOCK_MHZ = BitField.bit(7);
  public static final BitField CAP_BASE_CLOCK_MHZ = BitField.of(8, 8);
  public static final BitField CAP_MAX_BLOCK_LENGTH = BitField.of(16, 2);
  public static final BitField CAP_WIDTH_8 = BitField.bit(18);
  public static final BitField CAP_ADMA2 = BitField.bit(19);
  public static final BitField CAP_HIGH_SPEED = BitField.bit(21);
  public static final BitField CAP_SDMA = BitField.bit(22);
  public static final BitField CAP_3V3 = BitField.bit(24);
  public static final BitField CAP_3V0 = BitField.bit(25);
  public static final BitField CAP_1V8 = BitField.bit(26);
  public static final BitField CAP_64_BIT_V4 = BitField.bit(27);
  public static final BitField CAP_64_BIT_V3 = BitField.bit(28);

  /** 0 removable, 1 embedded, 2 shared. */
  public static final BitField CAP_SLOT_TYPE = BitField.of(30, 2);

  // Second capability word.
  public static final BitField CAP_HIGH_SDR50 = BitField.bit(0);
  public static final BitField CAP_HIGH_SDR104 = BitField.bit(1);
  public static final BitField CAP_HIGH_DDR50 = BitField.bit(2);
  public static final BitField CAP_HIGH_TUNE_SDR50 = BitField.bit(13);

  /** 0 stop, 1 fetch, 3 transfer. */
  public static final BitField ADMA_ERROR_STATE = BitField.of(0, 2);

  public static final BitField ADMA_ERROR_LENGTH = BitField.bit(2);

  public static final BitField PRESET_DIVIDER = BitField.of(0, 10);

  /** 0 1.00, 1 2.00, 2 3.00, 3 4.00, 4 4.10, 5 4.20. */
  public static final BitField VERSION_SPECIFICATION = BitField.of(0, 8);

  public static final BitField VERSION_VENDOR = BitField.of(8, 8);

  private SdhciFields() {}
}
