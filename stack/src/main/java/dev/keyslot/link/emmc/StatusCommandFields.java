package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** Arguments of the addressed commands: CMD3, 5, 7, 9, 10, 13, 15. */
public final class StatusCommandFields {

  public static final BitField RCA = BitField.of(16, 16);

  /** CMD13: answer with the queue status register. */
  public static final BitField SEND_QUEUE_STATUS = BitField.bit(15);

  /** CMD12, CMD13: high priority interrupt. */
  public static final BitField HPI = BitField.bit(0);

  /** CMD5: 1 sleep, 0 awake. */
  public static final BitField SLEEP = BitField.bit(15);

  private StatusCommandFields() {}
}
