package dev.keyslot.model.fault;

import java.util.Locale;

/**
 * Where the silicon may misbehave: the catalogue. A plan names a point by its name in lower case
 * with dashes; docs/faults.md says of each what the host must do about it.
 */
public enum FaultPoint {
  COMMAND_SILENT(Layer.COMMAND, "command", "a command goes unanswered"),
  COMMAND_GARBLED(
      Layer.COMMAND, "command", "a command reaches the card garbled: COM_CRC_ERROR next time"),
  COMMAND_CRC(Layer.COMMAND, "command", "a response fails its CRC"),
  COMMAND_INDEX(Layer.COMMAND, "command", "a response carries another index"),
  COMMAND_END_BIT(Layer.COMMAND, "command", "a response lacks its end bit"),

  READ_CRC(Layer.DATA, "task", "a bit of a block that is read turns on the lines; its CRC tells"),
  WRITE_CRC(
      Layer.DATA,
      "task",
      "a bit of a written block turns on the lines; the card refuses it for its CRC"),
  DATA_TIMEOUT(Layer.DATA, "task", "data does not come"),
  DATA_SHORT(Layer.DATA, "task", "half of a read's data comes, then nothing"),
  BUSY_TIMEOUT(Layer.DATA, "", "DAT0 stays low: busy does not end in time"),

  STATUS_OUT_OF_RANGE(Layer.STATUS, "command", "R1 has ADDRESS_OUT_OF_RANGE set"),
  STATUS_MISALIGN(Layer.STATUS, "command", "R1 has ADDRESS_MISALIGN set"),
  STATUS_BLOCK_LENGTH(Layer.STATUS, "command", "R1 has BLOCK_LEN_ERROR set"),
  STATUS_ERASE_SEQUENCE(Layer.STATUS, "command", "R1 has ERASE_SEQ_ERROR set"),
  STATUS_ERASE_PARAM(Layer.STATUS, "command", "R1 has ERASE_PARAM set"),
  STATUS_WRITE_PROTECT(Layer.STATUS, "command", "R1 has WP_VIOLATION set"),
  STATUS_LOCK_FAILED(Layer.STATUS, "command", "R1 has LOCK_UNLOCK_FAILED set"),
  STATUS_COMMAND_CRC(Layer.STATUS, "command", "R1 has COM_CRC_ERROR set"),
  STATUS_ILLEGAL(Layer.STATUS, "command", "R1 has ILLEGAL_COMMAND set"),
  STATUS_ECC(Layer.STATUS, "command", "R1 has DEVICE_ECC_FAILED set"),
  STATUS_CONTROLLER(Layer.STATUS, "command", "R1 has CC_ERROR set"),
  STATUS_ERROR(Layer.STATUS, "command", "R1 has ERROR set"),
  STATUS_OVERWRITE(Layer.STATUS, "command", "R1 has CID/CSD_OVERWRITE set"),
  STATUS_ERASE_SKIP(Layer.STATUS, "command", "R1 has WP_ERASE_SKIP set"),
  STATUS_ERASE_RESET(Layer.STATUS, "command", "R1 has ERASE_RESET set"),
  SWITCH_ERROR(Layer.STATUS, "command", "R1 has SWITCH_ERROR set"),
  URGENT_BKOPS(
      Layer.STATUS, "command", "R1 has EXCEPTION_EVENT set; EXT_CSD asks for urgent BKOPS"),

  MEDIA_UNREADABLE(Layer.MEDIA, "sector", "a read cannot be corrected"),
  MEDIA_BIT_FLIP(Layer.MEDIA, "sector", "a read returns one wrong bit", true),
  MEDIA_WRITE_FAILS(Layer.MEDIA, "sector", "a write or trim fails"),
  MEDIA_FULL(Layer.MEDIA, "sector", "no space is left for a write"),
  MEDIA_WRITE_LOST(Layer.MEDIA, "sector", "a write is answered and not stored", true),
  MEDIA_WRITE_MISPLACED(Layer.MEDIA, "sector", "a write lands one sector further on", true),
  MEDIA_TORN(Layer.MEDIA, "sector", "a write stores only half of its last sector", true),

  FLUSH_FAILS(Layer.CACHE, "", "a flush fails, and every one after it"),
  FLUSH_HANGS(Layer.CACHE, "", "busy after a flush ends only with a reset of the card"),
  FLUSH_LIES(Layer.CACHE, "", "a flush is answered and not done", true),

  READY_LOST(Layer.QUEUE, "task", "a ready task is not shown as ready at this look"),
  READY_SPURIOUS(Layer.QUEUE, "task", "a task that is not ready is shown as ready"),
  TASK_STUCK(Layer.QUEUE, "task", "a task is never shown as ready until it is discarded"),
  COMPLETION_DUPLICATE(Layer.QUEUE, "slot", "a completion is told once more, later"),
  COMPLETION_EARLY(Layer.QUEUE, "slot", "a completion is told before the data moves", true),

  DOORBELL_IGNORED(Layer.CONTROLLER, "slot", "a doorbell bit is not seen"),
  INTERRUPT_MISSED(Layer.CONTROLLER, "slot", "a completion raises no interrupt"),
  COMPLETIONS_COALESCED(
      Layer.CONTROLLER, "slot", "a completion's interrupt waits for the queue to fall idle"),
  COMPLETION_SPURIOUS(Layer.CONTROLLER, "slot", "TCN also names a slot that is not in use"),
  ERROR_INFO_INVALID(Layer.CONTROLLER, "task", "an error interrupt comes with TERRI empty"),
  HALT_STUCK(Layer.CONTROLLER, "", "a halt does not complete"),
  CLEAR_STUCK(Layer.CONTROLLER, "", "clearing the tasks does not complete"),

  CRYPTO_GENERAL(Layer.CRYPTO, "keyslot", "GCE before any data"),
  CRYPTO_UNIT(Layer.CRYPTO, "keyslot", "GCE at one of the task's data units"),
  CRYPTO_INVALID(Layer.CRYPTO, "keyslot", "ICCE"),
  KEYSLOT_CLEARED(Layer.CRYPTO, "keyslot", "the keyslot of a queued task is cleared"),
  KEY_FLIPPED(Layer.CRYPTO, "keyslot", "a bit of the slot's key flips", true),
  CRYPTO_DUN_OFF(Layer.CRYPTO, "keyslot", "a task runs with a number one too high", true),
  CRYPTO_WRONG_KEY(Layer.CRYPTO, "keyslot", "a task runs with another key", true),

  DMA_UNMAPPED(Layer.DMA, "", "an address answers nothing"),
  DESCRIPTOR_INVALID(Layer.DMA, "", "a transfer descriptor has VALID clear"),
  DESCRIPTOR_LENGTH(Layer.DMA, "", "a transfer descriptor is shorter than its task"),
  DESCRIPTOR_LOOP(Layer.DMA, "", "a descriptor links to itself"),

  CARD_RESET(Layer.RESET, "command", "a pulse on RST_n at this command"),
  POWER_DROP(Layer.RESET, "command", "power drops and returns at this command"),
  CONTROLLER_RESET(Layer.RESET, "command", "the controller loses its registers and keys"),
  KEYS_LOST(Layer.RESET, "command", "every keyslot is empty from this command on");

  /** Which part of the machine misbehaves. */
  public enum Layer {
    COMMAND,
    DATA,
    STATUS,
    MEDIA,
    CACHE,
    QUEUE,
    CONTROLLER,
    CRYPTO,
    DMA,
    RESET
  }

  private final Layer layer;
  private final String index;
  private final String what;
  private final boolean silent;

  FaultPoint(Layer layer, String index, String what) {
    this(layer, index, what, false);
  }

  FaultPoint(Layer layer, String index, String what, boolean silent) {
    this.layer = layer;
    this.index = index;
    this.what = what;
    this.silent = silent;
  }

  /** As a plan writes it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public Layer layer() {
    return layer;
  }

  /** What tells opportunities of this point apart; empty where nothing does. */
  public String index() {
    return index;
  }

  /** What the silicon does. */
  public String what() {
    return what;
  }

  /** Whether no register ever tells: what is read afterwards may be wrong without an error. */
  public boolean silent() {
    return silent;
  }
}
