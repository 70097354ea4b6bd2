package dev.keyslot.link.sdhci;

import dev.keyslot.base.BitField;

/**
 * SDHCI interrupt bits in the combined 32-bit view of 30h and 32h, 34h and 36h, 38h and 3Ah.
 *
 * <p>A status bit latches only when enabled in 34h/36h; the line is the OR of status and signal
 * enable.
 */
public final class SdhciInterruptFields {

  public static final BitField COMMAND_COMPLETE = BitField.bit(0);

  /** Also the end of busy of an R1b command without data. */
  public static final BitField TRANSFER_COMPLETE = BitField.bit(1);

  public static final BitField BLOCK_GAP = BitField.bit(2);
  public static final BitField DMA_BOUNDARY = BitField.bit(3);
  public static final BitField BUFFER_WRITE_READY = BitField.bit(4);
  public static final BitField BUFFER_READ_READY = BitField.bit(5);
  public static final BitField CARD_INSERTION = BitField.bit(6);
  public static final BitField CARD_REMOVAL = BitField.bit(7);
  public static final BitField CARD_INTERRUPT = BitField.bit(8);
  public static final BitField RETUNING = BitField.bit(12);

  /** A level: mirrors (CQHCI IS and ISGE) being non-zero. */
  public static final BitField CQE_EVENT = BitField.bit(14);

  /** OR of the enabled error bits. */
  public static final BitField ERROR_SUMMARY = BitField.bit(15);

  /** Sets no {@link #COMMAND_COMPLETE}. */
  public static final BitField COMMAND_TIMEOUT = BitField.bit(16);

  public static final BitField COMMAND_CRC = BitField.bit(17);
  public static final BitField COMMAND_END_BIT = BitField.bit(18);
  public static final BitField COMMAND_INDEX = BitField.bit(19);
  public static final BitField DATA_TIMEOUT = BitField.bit(20);
  public static final BitField DATA_CRC = BitField.bit(21);
  public static final BitField DATA_END_BIT = BitField.bit(22);
  public static final BitField BUS_POWER = BitField.bit(23);
  public static final BitField AUTO_COMMAND = BitField.bit(24);
  public static final BitField ADMA = BitField.bit(25);
  public static final BitField TUNING = BitField.bit(26);
  public static final BitField RESPONSE = BitField.bit(27);
  public static final BitField VENDOR = BitField.of(28, 4);

  /**
   * One of {@link #VENDOR}; ours, public documents name none: the engine refused to encrypt the
   * data of a command outside the queue, and no data moved.
   */
  public static final BitField COMMAND_CRYPTO = BitField.bit(28);

  /** What a reset of the data lines takes back: bits 5:1. */
  public static final BitField DATA_EVENTS = BitField.of(1, 5);

  /** A card came or went: bits 7:6. */
  public static final BitField CARD_EVENTS = BitField.of(6, 2);

  /** The error half, 32h. */
  public static final BitField ERRORS = BitField.of(16, 16);

  private SdhciInterruptFields() {}
}
