package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.model.controller.TaskSlot.Result;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;

/**
 * Tells software what went wrong with a task: TERRI, TDPE and the interrupt that belongs to it.
 *
 * <p>The first error stops the queue and fills TERRI before its interrupt rises; later ones, of
 * tasks that were still under way, only raise theirs. Guarded by the controller's lock.
 */
final class TaskErrors {

  private final RegisterFile registers;
  private final InterruptUnit interrupts;
  private final FaultPlan faults;
  private boolean stopped;

  TaskErrors(RegisterFile registers, InterruptUnit interrupts, FaultPlan faults) {
    this.faults = faults;
    this.registers = registers;
    this.interrupts = interrupts;
  }

  /** Whether an error has stopped the queue. */
  boolean stopped() {
    return stopped;
  }

  /** The queue was halted, cleared or disabled. */
  void forget() {
    stopped = false;
  }

  /** A task descriptor that is not one, or that lies in no memory. */
  void descriptor(int task) {
    markDescriptor(task);
    respond(EmmcCommand.QUEUED_TASK_PARAMS.index(), task);
    interrupts.raiseQueue(CqhciFields.IS_RED);
  }

  void invalidConfiguration(int task) {
    markDescriptor(task);
    if (!stopped) {
      registers.put(CqhciRegister.TERRI, 0);
      stopped = true;
    }
    interrupts.raiseQueue(CqhciFields.IS_ICCE);
  }

  void generalCrypto(int command, int task) {
    blameData(command, task);
    interrupts.raiseQueue(CqhciFields.IS_GCE);
  }

  /** An R1 with a bit that RMEM has set. */
  void response(int command, int task) {
    boolean execution =
        command == EmmcCommand.EXECUTE_READ_TASK.index()
            || command == EmmcCommand.EXECUTE_WRITE_TASK.index();
    if (execution) {
      blameData(command, task);
    } else {
      respond(command, task);
    }
    interrupts.raiseQueue(CqhciFields.IS_RED);
  }

  /** The card's status for a task has error bits. */
  void taskStatus(int command, int task) {
    blameData(command, task);
    interrupts.raiseQueue(CqhciFields.IS_RED);
  }

  /** No response, or a spoiled one. */
  void line(CardResponse.Line line, int command, int task) {
    respond(command, task);
    interrupts.raise(bitFor(line));
  }

  static BitField bitFor(CardResponse.Line line) {
    return switch (line) {
      case OK, SILENT -> SdhciInterruptFields.COMMAND_TIMEOUT;
      case CRC_ERROR -> SdhciInterruptFields.COMMAND_CRC;
      case INDEX_ERROR -> SdhciInterruptFields.COMMAND_INDEX;
      case END_BIT_ERROR -> SdhciInterruptFields.COMMAND_END_BIT;
    };
  }

  /** A data phase that did not end well. */
  void data(Result result, int command, int task) {
    if (result == Result.CRYPTO) {
      generalCrypto(command, task);
      return;
    }
    blameData(command, task);
    interrupts.raise(
        switch (result) {
          case DATA_CRC -> SdhciInterruptFields.DATA_CRC;
          case DATA_TIMEOUT -> SdhciInterruptFields.DATA_TIMEOUT;
          case NONE, DONE, PENDING, ADMA_ERROR, CRYPTO, CARD_STATUS -> SdhciInterruptFields.ADMA;
        });
  }

  private void markDescriptor(int task) {
    registers.put(
        CqhciRegister.TDPE, registers.get(CqhciRegister.TDPE) | BitField.bit(task).mask32());
  }

  private void respond(int command, int task) {
    if (!stopped) {
      int terri = CqhciFields.TERRI_RESPONSE_COMMAND.insert32(0, command);
      terri = CqhciFields.TERRI_RESPONSE_TASK.insert32(terri, task);
      stop(CqhciFields.TERRI_RESPONSE_VALID.set32(terri), task);
    }
  }

  private void blameData(int command, int task) {
    if (!stopped) {
      int terri = CqhciFields.TERRI_DATA_COMMAND.insert32(0, command);
      terri = CqhciFields.TERRI_DATA_TASK.insert32(terri, task);
      stop(CqhciFields.TERRI_DATA_VALID.set32(terri), task);
    }
  }

  private void stop(int terri, int task) {
    boolean empty = faults.strikes(FaultPoint.ERROR_INFO_INVALID, task);
    registers.put(CqhciRegister.TERRI, empty ? 0 : terri);
    stopped = true;
  }
}
