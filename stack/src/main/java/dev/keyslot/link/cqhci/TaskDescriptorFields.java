package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/**
 * A data task descriptor: one or two little-endian 64-bit words.
 *
 * <pre>
 *  word 0   63            32 31          16 15 14 13 12 11 10   7  6  5   3  2  1  0
 *          +----------------+--------------+--+--+--+--+--+------+--+------+--+--+--+
 *          | block address  | block count  |RW|QB|PR|DD|DT| ctx  |FP| ACT=5|IN|EN|VA|
 *          +----------------+--------------+--+--+--+--+--+------+--+------+--+--+--+
 *  word 1   63  48 47 46  40 39      32 31                          0
 *          +------+--+------+----------+-----------------------------+
 *          |   0  |CE|   0  |   slot   |       data unit number      |
 *          +------+--+------+----------+-----------------------------+
 * </pre>
 *
 * <p>Word 1 exists when CFG.TASK_128 is set.
 */
public final class TaskDescriptorFields {

  public static final BitField VALID = BitField.bit(0);
  public static final BitField END = BitField.bit(1);

  /** Interrupt at once on completion, never coalesced. */
  public static final BitField INT = BitField.bit(2);

  public static final BitField ACT = BitField.of(3, 3);

  /** The value of {@link #ACT} in a task descriptor, data or direct command. */
  public static final int ACT_TASK = 5;

  /** To CMD44 bit 24. */
  public static final BitField FORCED_PROGRAMMING = BitField.bit(6);

  /** To CMD44 bits 28:25. */
  public static final BitField CONTEXT = BitField.of(7, 4);

  /** To CMD44 bit 29. */
  public static final BitField TAG_REQUEST = BitField.bit(11);

  /** 1 reads from the card; to CMD44 bit 30. */
  public static final BitField DIRECTION_READ = BitField.bit(12);

  /** To CMD44 bit 23. */
  public static final BitField PRIORITY = BitField.bit(13);

  /** Waits for all earlier tasks, holds back all later ones. */
  public static final BitField QBAR = BitField.bit(14);

  /** To CMD44 bit 31. */
  public static final BitField RELIABLE_WRITE = BitField.bit(15);

  /** In 512-byte blocks. */
  public static final BitField BLOCK_COUNT = BitField.of(16, 16);

  /** To CMD45, in 512-byte blocks. */
  public static final BitField BLOCK_ADDRESS = BitField.of(32, 32);

  /** Word 1: number of the first data unit. */
  public static final BitField DUN = BitField.of(0, 32);

  /** Word 1: keyslot. */
  public static final BitField KEYSLOT = BitField.of(32, 8);

  /** Word 1: en- or decrypt. */
  public static final BitField CRYPTO_ENABLE = BitField.bit(47);

  private TaskDescriptorFields() {}
}
