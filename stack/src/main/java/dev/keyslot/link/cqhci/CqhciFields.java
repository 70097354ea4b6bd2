package dev.keyslot.link.cqhci;

import dev.keyslot.base.BitField;

/** Bit fields of the CQHCI registers, named register first. */
public final class CqhciFields {

  public static final BitField VER_MAJOR = BitField.of(8, 4);
  public static final BitField VER_MINOR_TENS = BitField.of(4, 4);
  public static final BitField VER_MINOR_ONES = BitField.of(0, 4);

  /** The inline crypto extension is present. */
  public static final BitField CAP_CRYPTO = BitField.bit(28);

  /**
   * Ours, not the standard's, which reserves the bit as 0: there are no keyslots, the key comes
   * with each task ({@link InlineKeyFields}). {@link #CAP_CRYPTO} is clear then, so that a driver
   * for the standard leaves the engine alone.
   */
  public static final BitField CAP_INLINE_KEYS = BitField.bit(31);

  /** 0 1 kHz, 1 10 kHz, 2 100 kHz, 3 1 MHz, 4 10 MHz. */
  public static final BitField CAP_TIMER_CLOCK_UNIT = BitField.of(12, 4);

  public static final BitField CAP_TIMER_CLOCK = BitField.of(0, 10);

  public static final BitField CFG_ENABLE = BitField.bit(0);

  /** Crypto general enable: without it a task that asks for crypto fails with ICCE. */
  public static final BitField CFG_CRYPTO_ENABLE = BitField.bit(1);

  /** 1: 128-bit task descriptors. Changes only while the engine is disabled. */
  public static final BitField CFG_TASK_128 = BitField.bit(8);

  /** Slot 31 takes direct commands. Changes only while the engine is disabled. */
  public static final BitField CFG_DCMD = BitField.bit(12);

  public static final BitField CTL_HALT = BitField.bit(0);
  public static final BitField CTL_CLEAR_ALL = BitField.bit(8);

  // IS, ISTE and ISGE share their layout.
  /** Halt complete. */
  public static final BitField IS_HAC = BitField.bit(0);

  /** Task complete. */
  public static final BitField IS_TCC = BitField.bit(1);

  /** Response error detected. */
  public static final BitField IS_RED = BitField.bit(2);

  /** Tasks cleared. */
  public static final BitField IS_TCL = BitField.bit(3);

  /** General crypto error. */
  public static final BitField IS_GCE = BitField.bit(4);

  /** Invalid crypto configuration. */
  public static final BitField IS_ICCE = BitField.bit(5);

  public static final BitField IC_ENABLE = BitField.bit(31);

  /** Read-only: completions wait that have raised no interrupt. */
  public static final BitField IC_PENDING = BitField.bit(20);

  /** Write-only: resets counter and timer. */
  public static final BitField IC_RESET = BitField.bit(16);

  public static final BitField IC_THRESHOLD_WRITE = BitField.bit(15);
  public static final BitField IC_THRESHOLD = BitField.of(8, 5);
  public static final BitField IC_TIMEOUT_WRITE = BitField.bit(7);

  /** In units of 1024 timer clocks. */
  public static final BitField IC_TIMEOUT = BitField.of(0, 7);

  /** Blocks before the end of a transfer at which the queue status is read; 0 never. */
  public static final BitField SSC1_BLOCK_COUNTER = BitField.of(16, 4);

  /** Clocks between queue status reads while the bus is idle. */
  public static final BitField SSC1_IDLE_TIMER = BitField.of(0, 16);

  public static final BitField SSC2_RCA = BitField.of(0, 16);

  public static final BitField TERRI_RESPONSE_COMMAND = BitField.of(0, 6);
  public static final BitField TERRI_RESPONSE_TASK = BitField.of(8, 5);
  public static final BitField TERRI_RESPONSE_VALID = BitField.bit(15);
  public static final BitField TERRI_DATA_COMMAND = BitField.of(16, 6);
  public static final BitField TERRI_DATA_TASK = BitField.of(24, 5);
  public static final BitField TERRI_DATA_VALID = BitField.bit(31);

  public static final BitField CRI_INDEX = BitField.of(0, 6);

  /** Number of CRYPTOCAP entries. */
  public static final BitField CCAP_CAPABILITIES = BitField.of(0, 8);

  /** Number of keyslots minus one. */
  public static final BitField CCAP_SLOTS_LESS_ONE = BitField.of(8, 8);

  /** Offset of CRYPTOCFG in units of 256 bytes. */
  public static final BitField CCAP_CONFIG_POINTER = BitField.of(24, 8);

  /** See {@link CryptoAlgorithm}. */
  public static final BitField CRYPTOCAP_ALGORITHM = BitField.of(0, 8);

  /** Bit n: data units of {@code 512 << n} bytes. */
  public static final BitField CRYPTOCAP_UNIT_MASK = BitField.of(8, 8);

  /** See {@link CryptoKeySize}. */
  public static final BitField CRYPTOCAP_KEY_SIZE = BitField.of(16, 8);

  /**
   * Ours, not the standard's: the engine knows the zero rule ({@link
   * CryptoConfigFields#ZERO_RULE}). The standard reserves this bit as 0.
   */
  public static final BitField CRYPTOCAP_ZERO_RULE = BitField.bit(31);

  /**
   * Ours, not the standard's: the engine takes keys that it sealed itself ({@link
   * CryptoConfigFields#WRAPPED}). The standard reserves this bit as 0.
   */
  public static final BitField CRYPTOCAP_WRAPPED = BitField.bit(30);

  private CqhciFields() {}
}
