package dev.keyslot.model.card;

/**
 * What a card may be or do where the standard leaves a choice, or public documents say nothing.
 *
 * <p>A card without traits takes the choice that hides least from its driver.
 */
public enum CardTrait {
  /** A task id that is unknown or in use: R1 with ERROR, instead of silence and ILLEGAL_COMMAND. */
  BAD_TASK_ANSWERED,
  /** CMD44 while another waits for its CMD45: illegal, instead of replacing it. */
  SECOND_PARAMS_REFUSED,
  /** Any command between CMD44 and CMD45 makes the card forget the CMD44. */
  GAP_FORGETS_PARAMS,
  /** CMD12 in transfer state is illegal, instead of answered. */
  STOP_SILENT_IN_TRANSFER,
  /** CMD0 loses the cache as its {@link PowerLoss} says, instead of writing it out. */
  GO_IDLE_LOSES_CACHE,
  /** RST_n writes the cache out, instead of losing it. */
  RESET_PIN_KEEPS_CACHE,
  /** Discarded sectors keep what they held until a sanitize, instead of being erased. */
  DISCARD_KEEPS,
  /** Discarded sectors are kept, erased or noise, each by chance. */
  DISCARD_BY_CHANCE,
  /** Erasing takes its turn in an ordered cache, instead of being done when its busy ends. */
  ERASE_CACHED,
  /** A full ordered cache writes out any sector, instead of the oldest. */
  EVICTION_BY_CHANCE,
  /** Cache barriers are supported: BARRIER_SUPPORT. */
  BARRIERS,
  /** Native sectors of 4 KiB: transfers are whole and aligned, or ADDRESS_MISALIGN. */
  LARGE_SECTORS,
  /** High priority interrupt by CMD12, instead of CMD13. */
  HPI_BY_STOP,
  /** Written sectors pile up work: BKOPS_STATUS rises until background operations run. */
  BACKGROUND_NEED
}
