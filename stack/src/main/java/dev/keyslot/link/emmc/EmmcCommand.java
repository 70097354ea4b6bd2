package dev.keyslot.link.emmc;

/**
 * eMMC 5.1 commands, and one of ours.
 *
 * <p>CMD12 answers R1 after reads and R1b after writes; CMD7 R1b when it selects a card that is
 * programming.
 */
public enum EmmcCommand {
  /** Argument 0 idle, F0F0F0F0 pre-idle. */
  GO_IDLE_STATE(0, CommandKind.BROADCAST, ResponseKind.NONE),
  /** Argument: OCR; {@link OcrFields}. */
  SEND_OP_COND(1, CommandKind.BROADCAST_RESPONSE, ResponseKind.R3),
  ALL_SEND_CID(2, CommandKind.BROADCAST_RESPONSE, ResponseKind.R2),
  SET_RELATIVE_ADDR(3, CommandKind.ADDRESSED, ResponseKind.R1),
  SET_DSR(4, CommandKind.BROADCAST, ResponseKind.NONE),
  SLEEP_AWAKE(5, CommandKind.ADDRESSED, ResponseKind.R1B),
  /** Argument: {@link SwitchFields}. */
  SWITCH(6, CommandKind.ADDRESSED, ResponseKind.R1B),
  SELECT_CARD(7, CommandKind.ADDRESSED, ResponseKind.R1),
  SEND_EXT_CSD(8, CommandKind.DATA_READ, ResponseKind.R1),
  SEND_CSD(9, CommandKind.ADDRESSED, ResponseKind.R2),
  SEND_CID(10, CommandKind.ADDRESSED, ResponseKind.R2),
  STOP_TRANSMISSION(12, CommandKind.ADDRESSED, ResponseKind.R1B),
  /** Argument: {@link StatusCommandFields}. */
  SEND_STATUS(13, CommandKind.ADDRESSED, ResponseKind.R1),
  BUS_TEST_READ(14, CommandKind.DATA_READ, ResponseKind.R1),
  GO_INACTIVE_STATE(15, CommandKind.ADDRESSED, ResponseKind.NONE),
  SET_BLOCKLEN(16, CommandKind.ADDRESSED, ResponseKind.R1),
  READ_SINGLE_BLOCK(17, CommandKind.DATA_READ, ResponseKind.R1),
  READ_MULTIPLE_BLOCK(18, CommandKind.DATA_READ, ResponseKind.R1),
  BUS_TEST_WRITE(19, CommandKind.DATA_WRITE, ResponseKind.R1),
  SEND_TUNING_BLOCK(21, CommandKind.DATA_READ, ResponseKind.R1),
  /** Argument: {@link BlockCountFields}. */
  SET_BLOCK_COUNT(23, CommandKind.ADDRESSED, ResponseKind.R1),
  WRITE_BLOCK(24, CommandKind.DATA_WRITE, ResponseKind.R1),
  WRITE_MULTIPLE_BLOCK(25, CommandKind.DATA_WRITE, ResponseKind.R1),
  PROGRAM_CID(26, CommandKind.DATA_WRITE, ResponseKind.R1),
  PROGRAM_CSD(27, CommandKind.DATA_WRITE, ResponseKind.R1),
  SET_WRITE_PROT(28, CommandKind.ADDRESSED, ResponseKind.R1B),
  CLR_WRITE_PROT(29, CommandKind.ADDRESSED, ResponseKind.R1B),
  SEND_WRITE_PROT(30, CommandKind.DATA_READ, ResponseKind.R1),
  SEND_WRITE_PROT_TYPE(31, CommandKind.DATA_READ, ResponseKind.R1),
  /** Argument: first address, in bytes up to 2 GiB cards, in sectors above. */
  ERASE_GROUP_START(35, CommandKind.ADDRESSED, ResponseKind.R1),
  /** Argument: last address, inclusive. */
  ERASE_GROUP_END(36, CommandKind.ADDRESSED, ResponseKind.R1),
  /** Argument: {@link EraseArgument}. */
  ERASE(38, CommandKind.ADDRESSED, ResponseKind.R1B),
  LOCK_UNLOCK(42, CommandKind.DATA_WRITE, ResponseKind.R1B),
  /** Argument: {@link QueueFields}. */
  QUEUED_TASK_PARAMS(44, CommandKind.ADDRESSED, ResponseKind.R1),
  /** Argument: address, always in 512-byte blocks. */
  QUEUED_TASK_ADDRESS(45, CommandKind.ADDRESSED, ResponseKind.R1),
  EXECUTE_READ_TASK(46, CommandKind.DATA_READ, ResponseKind.R1),
  EXECUTE_WRITE_TASK(47, CommandKind.DATA_WRITE, ResponseKind.R1),
  CMDQ_TASK_MGMT(48, CommandKind.ADDRESSED, ResponseKind.R1B),
  SET_TIME(49, CommandKind.DATA_WRITE, ResponseKind.R1),
  /**
   * Ours, announced by {@link ExtCsd#VENDOR_HOLE_QUERY}: how far a hole, or data, reaches.
   *
   * <p>Argument: first sector, always in 512-byte sectors and a multiple of 8. Response: {@link
   * HoleQueryFields}. Legal in transfer state, with the command queue on or off, whatever is
   * queued. It tells about the user area.
   */
  VENDOR_HOLE_QUERY(60, CommandKind.ADDRESSED, ResponseKind.VENDOR);

  private final int index;
  private final CommandKind kind;
  private final ResponseKind response;

  EmmcCommand(int index, CommandKind kind, ResponseKind response) {
    this.index = index;
    this.kind = kind;
    this.response = response;
  }

  /** 0 to 63. */
  public int index() {
    return index;
  }

  public CommandKind kind() {
    return kind;
  }

  public ResponseKind response() {
    return response;
  }
}
