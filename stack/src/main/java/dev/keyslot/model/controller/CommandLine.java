package dev.keyslot.model.controller;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.StatusCommandFields;

/**
 * The queue's use of the command line: sends, checks responses against RMEM, reports what is wrong.
 *
 * <p>Guarded by the controller's lock.
 */
final class CommandLine {

  private final CardPort card;
  private final RegisterFile registers;
  private final TaskErrors errors;
  private final CardResponse response = new CardResponse();

  CommandLine(CardPort card, RegisterFile registers, TaskErrors errors) {
    this.card = card;
    this.registers = registers;
    this.errors = errors;
  }

  /** The last response. */
  CardResponse response() {
    return response;
  }

  /** Sends a command for {@code task} and checks its R1; false if that went wrong. */
  boolean send(EmmcCommand command, int argument, int task) {
    return sendUnchecked(command.index(), argument, task) && check(command.index(), task);
  }

  /** Sends a command for {@code task}; false if no whole response came. */
  boolean sendUnchecked(int index, int argument, int task) {
    card.command(index, argument, response);
    if (response.line() != CardResponse.Line.OK) {
      errors.line(response.line(), index, task);
      return false;
    }
    return true;
  }

  /** Sends a command that has no response. */
  void sendSilent(int index, int argument) {
    card.command(index, argument, response);
  }

  /** Checks the last response; false if it has a bit that RMEM names. */
  boolean check(int index, int task) {
    registers.put(CqhciRegister.CRI, index);
    registers.put(CqhciRegister.CRA, response.word());
    if ((response.word() & registers.get(CqhciRegister.RMEM)) == 0) {
      return true;
    }
    errors.response(index, task);
    return false;
  }

  /** CMD13 for the queue status register; false if that went wrong. */
  boolean queueStatus(int task) {
    int argument = StatusCommandFields.SEND_QUEUE_STATUS.set32(addressed());
    return sendUnchecked(EmmcCommand.SEND_STATUS.index(), argument, task);
  }

  /** CMD13 for the card status, checked. */
  boolean status(int task) {
    return send(EmmcCommand.SEND_STATUS, addressed(), task);
  }

  private int addressed() {
    int rca = CqhciFields.SSC2_RCA.extractInt(registers.get(CqhciRegister.SSC2));
    return StatusCommandFields.RCA.insert32(0, rca);
  }
}
