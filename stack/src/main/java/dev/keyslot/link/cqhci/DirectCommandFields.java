package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/**
 * A direct command (DCMD) descriptor: word 0 of slot 31 while CFG.DCMD is set.
 *
 * <p>VALID, END, INT, ACT and QBAR lie as in {@link TaskDescriptorFields}.
 */
public final class DirectCommandFields {

  public static final BitField COMMAND_INDEX = BitField.of(16, 6);

  /** 1: may be issued while data lines are busy; 0: only when they are idle. */
  public static final BitField TIMING = BitField.bit(22);

  public static final BitField RESPONSE_TYPE = BitField.of(23, 2);

  public static final BitField ARGUMENT = BitField.of(32, 32);

  public static final int RESPONSE_NONE = 0;

  /**
   * Ours; the standard reserves this value: a 48-bit response that is not a card status, hence not
   * checked against RMEM. The hole query (CMD60) uses it.
   */
  public static final int RESPONSE_UNCHECKED = 1;

  /** R1, checked against RMEM. */
  public static final int RESPONSE_R1 = 2;

  /**
   * R1 with busy, checked against RMEM. When busy ends our controller reads the status once more
   * with CMD13 and checks that too, so that a flush or a trim that failed is seen: RED with TERRI
   * response part {13, 31}.
   */
  public static final int RESPONSE_R1B = 3;

  private DirectCommandFields() {}
}
