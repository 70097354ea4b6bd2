package dev.keyslot.model.card;

import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.EmmcCommand;

/** Which command the card obeys in which state; to any other it stays silent. */
final class CommandRules {

  private CommandRules() {}

  /**
   * Whether {@code command} is legal now.
   *
   * @param queueing CMDQ_MODE_EN
   * @param queueEmpty no task is queued, ready or executing
   */
  static boolean legal(EmmcCommand command, CardState state, boolean queueing, boolean queueEmpty) {
    return inState(command, state) && (!queueing || whileQueueing(command, queueEmpty));
  }

  /** Whether a card that is locked by its password obeys: the basic class and the lock class. */
  static boolean whileLocked(EmmcCommand command) {
    return command.index() <= EmmcCommand.GO_INACTIVE_STATE.index()
        || command == EmmcCommand.SET_BLOCKLEN
        || command == EmmcCommand.BUS_TEST_WRITE
        || command == EmmcCommand.LOCK_UNLOCK;
  }

  private static boolean inState(EmmcCommand command, CardState state) {
    boolean transfer = state == CardState.TRANSFER;
    boolean data = state == CardState.SENDING_DATA || state == CardState.RECEIVING_DATA;
    boolean programming = state == CardState.PROGRAMMING;
    boolean standby = state == CardState.STANDBY;
    return switch (command) {
      case GO_IDLE_STATE -> true;
      case SEND_OP_COND -> state == CardState.IDLE || state == CardState.PRE_IDLE;
      case ALL_SEND_CID -> state == CardState.READY;
      case SET_RELATIVE_ADDR -> state == CardState.IDENTIFICATION;
      case SET_DSR, SEND_CSD, SEND_CID -> standby;
      case SLEEP_AWAKE -> standby || state == CardState.SLEEP;
      case SELECT_CARD ->
          standby || transfer || data || programming || state == CardState.DISCONNECT;
      case SEND_STATUS ->
          standby
              || transfer
              || data
              || programming
              || state == CardState.DISCONNECT
              || state == CardState.BUS_TEST;
      // In transfer state without a transfer a card may stay silent or answer: ours answers.
      case STOP_TRANSMISSION -> transfer || data || programming;
      case GO_INACTIVE_STATE -> standby || transfer || data || programming;
      case BUS_TEST_READ -> state == CardState.BUS_TEST;
      case SWITCH,
          SEND_EXT_CSD,
          SET_BLOCKLEN,
          READ_SINGLE_BLOCK,
          READ_MULTIPLE_BLOCK,
          BUS_TEST_WRITE,
          SEND_TUNING_BLOCK,
          SET_BLOCK_COUNT,
          WRITE_BLOCK,
          WRITE_MULTIPLE_BLOCK,
          PROGRAM_CID,
          PROGRAM_CSD,
          SET_WRITE_PROT,
          CLR_WRITE_PROT,
          SEND_WRITE_PROT,
          SEND_WRITE_PROT_TYPE,
          ERASE_GROUP_START,
          ERASE_GROUP_END,
          ERASE,
          LOCK_UNLOCK,
          QUEUED_TASK_PARAMS,
          QUEUED_TASK_ADDRESS,
          EXECUTE_READ_TASK,
          EXECUTE_WRITE_TASK,
          SET_TIME,
          VENDOR_HOLE_QUERY ->
          transfer;
      // Recovery sends it in any state of the queue.
      case CMDQ_TASK_MGMT -> transfer || data || programming;
    };
  }

  private static boolean whileQueueing(EmmcCommand command, boolean queueEmpty) {
    return switch (command) {
      case GO_IDLE_STATE,
          SEND_OP_COND,
          ALL_SEND_CID,
          SET_RELATIVE_ADDR,
          SELECT_CARD,
          STOP_TRANSMISSION,
          SEND_STATUS,
          GO_INACTIVE_STATE,
          QUEUED_TASK_PARAMS,
          QUEUED_TASK_ADDRESS,
          EXECUTE_READ_TASK,
          EXECUTE_WRITE_TASK,
          CMDQ_TASK_MGMT,
          VENDOR_HOLE_QUERY ->
          true;
      // The range may be named while tasks are queued; the erase itself waits for a barrier.
      case ERASE_GROUP_START, ERASE_GROUP_END -> true;
      case SWITCH, SEND_EXT_CSD, ERASE -> queueEmpty;
      case SET_DSR,
          SLEEP_AWAKE,
          SEND_CSD,
          SEND_CID,
          BUS_TEST_READ,
          SET_BLOCKLEN,
          READ_SINGLE_BLOCK,
          READ_MULTIPLE_BLOCK,
          BUS_TEST_WRITE,
          SEND_TUNING_BLOCK,
          SET_BLOCK_COUNT,
          WRITE_BLOCK,
          WRITE_MULTIPLE_BLOCK,
          PROGRAM_CID,
          PROGRAM_CSD,
          SET_WRITE_PROT,
          CLR_WRITE_PROT,
          SEND_WRITE_PROT,
          SEND_WRITE_PROT_TYPE,
          LOCK_UNLOCK,
          SET_TIME ->
          false;
    };
  }
}
