package dev.keyslot.model.fault;

import java.util.Locale;

/** Where the silicon may misbehave; a plan names a point by its name in lower case with dashes. */
public enum FaultPoint {
  /** Bus: a command goes unanswered. Index: the command's. */
  COMMAND_SILENT,
  /** Bus: a response fails its CRC. Index: the command's. */
  COMMAND_CRC,
  /** Bus: a response carries another index. Index: the command's. */
  COMMAND_INDEX,
  /** Bus: a response lacks its end bit. Index: the command's. */
  COMMAND_END_BIT,
  /** Bus: read data fails its CRC. Index: the task. */
  READ_CRC,
  /** Bus: the card refuses written data for its CRC. Index: the task. */
  WRITE_CRC,
  /** Bus: data does not come. Index: the task. */
  DATA_TIMEOUT,
  /** Bus: busy does not end. */
  BUSY_TIMEOUT,
  /** Card: R1 has ERROR set. Index: the command's. */
  STATUS_ERROR,
  /** Card: R1 has SWITCH_ERROR set. Index: the command's. */
  SWITCH_ERROR,
  /** Queue: a ready task is not shown as ready at this look. Index: the task. */
  READY_LOST,
  /** Queue: a task that is not ready is shown as ready. Index: the task. */
  READY_SPURIOUS,
  /** Media: a read cannot be corrected. Index: the first sector. */
  MEDIA_UNREADABLE,
  /** Media: a read returns one wrong bit. Index: the first sector. */
  MEDIA_BIT_FLIP,
  /** Media: a write fails. Index: the first sector. */
  MEDIA_WRITE_FAILS,
  /** Media: no space is left for a write. Index: the first sector. */
  MEDIA_FULL,
  /** Media: a write is answered and not stored. Index: the first sector. */
  MEDIA_WRITE_LOST,
  /** Media: a write lands one sector further on. Index: the first sector. */
  MEDIA_WRITE_MISPLACED,
  /** Media: a write stores only half of its last sector. Index: the first sector. */
  MEDIA_TORN,
  /** Media: a flush fails. */
  FLUSH_FAILS,
  /** Media: a flush is answered and not done. */
  FLUSH_LIES,
  /** DMA: an address answers nothing. */
  DMA_UNMAPPED,
  /** Controller: a doorbell bit is not seen. Index: the slot. */
  DOORBELL_IGNORED,
  /** Controller: a completion raises no interrupt. Index: the slot. */
  INTERRUPT_MISSED,
  /** Controller: a halt does not complete. */
  HALT_STUCK,
  /** Controller: clearing the tasks does not complete. */
  CLEAR_STUCK,
  /** Engine: GCE. Index: the keyslot. */
  CRYPTO_GENERAL,
  /** Engine: ICCE. Index: the keyslot. */
  CRYPTO_INVALID,
  /** Engine: the task runs with a data unit number one too high. Index: the keyslot. */
  CRYPTO_DUN_OFF,
  /** Supply: power drops at this command. Index: the command's. */
  POWER_DROP;

  /** As a plan writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
