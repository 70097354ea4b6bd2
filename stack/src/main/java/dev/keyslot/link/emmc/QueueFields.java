package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** Arguments of CMD44, CMD46, CMD47 and CMD48. */
public final class QueueFields {

  /** CMD44. */
  public static final BitField BLOCK_COUNT = BitField.of(0, 16);

  /** CMD44, 46, 47, 48. */
  public static final BitField TASK = BitField.of(16, 5);

  /** CMD44. */
  public static final BitField PRIORITY = BitField.bit(23);

  /** CMD44. */
  public static final BitField FORCED_PROGRAMMING = BitField.bit(24);

  /** CMD44. */
  public static final BitField CONTEXT = BitField.of(25, 4);

  /** CMD44. */
  public static final BitField TAG_REQUEST = BitField.bit(29);

  /** CMD44: 1 reads from the card. */
  public static final BitField DIRECTION_READ = BitField.bit(30);

  /** CMD44. */
  public static final BitField RELIABLE_WRITE = BitField.bit(31);

  /** CMD48. */
  public static final BitField OPERATION = BitField.of(0, 4);

  public static final int OPERATION_DISCARD_QUEUE = 1;
  public static final int OPERATION_DISCARD_TASK = 2;

  private QueueFields() {}
}
