package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.sdhci.SdhciFields;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.link.sdhci.SdhciRegister;

/**
 * The SDHCI half: one command at a time, latched by a register write and carried out by a step.
 *
 * <p>What a command leaves to do (data, the end of busy) is a {@link SdhciJob}, run outside the
 * lock. Guarded by the controller's lock.
 */
final class SdhciBlock {

  private final RegisterFile registers;
  private final InterruptUnit interrupts;
  private final CardPort card;
  private final SdhciJob job;
  private final CardResponse response = new CardResponse();

  /** A command waits for a step. */
  private boolean latched;

  /** The slot as it was when it was last looked at. */
  private boolean seenPresent;

  private int seenMoves;

  SdhciBlock(RegisterFile registers, InterruptUnit interrupts, CardPort card, SdhciJob job) {
    this.registers = registers;
    this.interrupts = interrupts;
    this.card = card;
    this.job = job;
    seenPresent = card.present();
    seenMoves = card.contactMoves();
  }

  // ---- register effects

  /** Software has written into {@code register}; {@code highByte} if its upper byte was among. */
  void written(SdhciRegister register, boolean highByte) {
    switch (register) {
      case COMMAND -> {
        if (highByte && !latched) {
          latched = true;
        }
      }
      case CLOCK_CONTROL -> {
        int clock = registers.get(register);
        boolean on = SdhciFields.CLOCK_INTERNAL_ENABLE.isSet(clock);
        registers.put(register, SdhciFields.CLOCK_STABLE.insert32(clock, on ? 1 : 0));
      }
      case POWER_CONTROL -> {
        int power = registers.get(register);
        card.power(SdhciFields.POWER_ON.isSet(power));
        if (SdhciFields.POWER_CARD_RESET.isSet(power)) {
          card.reset();
        }
      }
      case HOST_CONTROL_2 -> {
        int control = registers.get(register);
        if (SdhciFields.CONTROL2_EXECUTE_TUNING.isSet(control)) {
          registers.put(register, SdhciFields.CONTROL2_TUNED.clear32(control));
        }
      }
      case FORCE_ERROR_INTERRUPT -> {
        int bits = SdhciInterruptFields.ERRORS.insert32(0, registers.get(register));
        registers.put(register, 0);
        interrupts.raiseAll(bits);
      }
      case FORCE_AUTO_COMMAND_ERROR -> {
        registers.put(SdhciRegister.AUTO_COMMAND_ERROR, registers.get(register));
        registers.put(register, 0);
        interrupts.raise(SdhciInterruptFields.AUTO_COMMAND);
      }
      case BUFFER_DATA -> job.bufferWritten(registers.get(register));
      case SDMA_ADDRESS -> job.addressWritten();
      case NORMAL_INTERRUPT_STATUS,
          ERROR_INTERRUPT_STATUS,
          NORMAL_STATUS_ENABLE,
          ERROR_STATUS_ENABLE,
          NORMAL_SIGNAL_ENABLE,
          ERROR_SIGNAL_ENABLE ->
          interrupts.update();
      default -> {} // nothing but storage
    }
  }

  /** Software is about to read the data port. */
  void bufferRead() {
    registers.put(SdhciRegister.BUFFER_DATA, job.bufferRead());
  }

  /** PRESENT_STATE now. */
  int presentState() {
    int state = SdhciRegister.PRESENT_STATE.resetValue();
    if (!card.present()) {
      state = SdhciFields.PRESENT_CARD_INSERTED.clear32(state);
      state = SdhciFields.PRESENT_CARD_DETECT.clear32(state);
    }
    state = SdhciFields.PRESENT_COMMAND_INHIBIT.insert32(state, latched ? 1 : 0);
    boolean data = job.active() || (latched && usesData());
    state = SdhciFields.PRESENT_DATA_INHIBIT.insert32(state, data ? 1 : 0);
    state = SdhciFields.PRESENT_DAT0.insert32(state, job.busyOnly() ? 0 : 1);
    state = SdhciFields.PRESENT_BUFFER_READ_ENABLE.insert32(state, job.bufferReadable() ? 1 : 0);
    return SdhciFields.PRESENT_BUFFER_WRITE_ENABLE.insert32(state, job.bufferWritable() ? 1 : 0);
  }

  private boolean usesData() {
    int command = registers.get(SdhciRegister.COMMAND);
    return SdhciFields.COMMAND_DATA.isSet(command)
        || SdhciFields.COMMAND_RESPONSE.extractInt(command) == SdhciFields.RESPONSE_48_BUSY;
  }

  /** Reset of the command line. */
  void resetCommand() {
    latched = false;
    interrupts.withdraw(SdhciInterruptFields.COMMAND_COMPLETE);
  }

  /** Reset of the data lines: DMA stops, the buffer is empty. */
  void resetData() {
    job.cancel();
    interrupts.withdraw(SdhciInterruptFields.DATA_EVENTS);
  }

  /** Reset of everything but capabilities; the slot loses power. */
  void resetAll() {
    latched = false;
    job.cancel();
    registers.reset();
    card.power(false);
  }

  // ---- steps

  /** Latches that a card came or went; an exchange is both. Returns whether one did. */
  boolean watchSlot() {
    int moves = card.contactMoves();
    boolean present = card.present();
    if (moves == seenMoves && present == seenPresent) {
      return false;
    }
    if (seenPresent) {
      interrupts.raise(SdhciInterruptFields.CARD_REMOVAL);
    }
    if (present) {
      interrupts.raise(SdhciInterruptFields.CARD_INSERTION);
    }
    seenPresent = present;
    seenMoves = moves;
    return true;
  }

  boolean latched() {
    return latched;
  }

  /** Sends the latched command; returns whether there was one. */
  boolean issue() {
    if (!latched || (job.active() && !isAbort())) {
      return false;
    }
    latched = false;
    int command = registers.get(SdhciRegister.COMMAND);
    int index = SdhciFields.COMMAND_INDEX.extractInt(command);
    boolean data = SdhciFields.COMMAND_DATA.isSet(command);
    if (index == EmmcCommand.SEND_TUNING_BLOCK.index() && tuning()) {
      return true;
    }
    if (isAbort()) {
      job.cancel();
    }
    int mode = registers.get(SdhciRegister.TRANSFER_MODE);
    if (data
        && SdhciFields.MODE_AUTO_COMMAND.extractInt(mode) == SdhciFields.AUTO_CMD23
        && !autoCommand(EmmcCommand.SET_BLOCK_COUNT, registers.get(SdhciRegister.SDMA_ADDRESS))) {
      return true;
    }
    card.command(index, registers.get(SdhciRegister.ARGUMENT), response);
    int kind = SdhciFields.COMMAND_RESPONSE.extractInt(command);
    if (kind != SdhciFields.RESPONSE_NONE && response.line() != CardResponse.Line.OK) {
      interrupts.raise(TaskErrors.bitFor(response.line()));
      return true;
    }
    takeResponse(kind);
    interrupts.raise(SdhciInterruptFields.COMMAND_COMPLETE);
    if (data) {
      job.startData(mode);
    } else if (response.busy() || kind == SdhciFields.RESPONSE_48_BUSY) {
      job.startBusy();
    }
    return true;
  }

  private boolean isAbort() {
    int command = registers.get(SdhciRegister.COMMAND);
    return SdhciFields.COMMAND_TYPE.extractInt(command) == SdhciFields.TYPE_ABORT
        || SdhciFields.COMMAND_INDEX.extractInt(command) == EmmcCommand.STOP_TRANSMISSION.index();
  }

  /** While tuning is asked for, CMD21 only ends it, well: no data needs to be readable. */
  private boolean tuning() {
    int control = registers.get(SdhciRegister.HOST_CONTROL_2);
    if (!SdhciFields.CONTROL2_EXECUTE_TUNING.isSet(control)) {
      return false;
    }
    control = SdhciFields.CONTROL2_EXECUTE_TUNING.clear32(control);
    registers.put(SdhciRegister.HOST_CONTROL_2, SdhciFields.CONTROL2_TUNED.set32(control));
    interrupts.raise(SdhciInterruptFields.BUFFER_READ_READY);
    return true;
  }

  /** Sends a command of the controller's own; false if it failed, CMD23 with the main command. */
  private boolean autoCommand(EmmcCommand command, int argument) {
    card.command(command.index(), argument, response);
    registers.put(SdhciRegister.RESPONSE_3, response.word());
    if (response.line() == CardResponse.Line.OK) {
      return true;
    }
    boolean precedes = command == EmmcCommand.SET_BLOCK_COUNT; // then the main command never goes
    int error = SdhciFields.AUTO_ERROR_NOT_ISSUED.insert32(0, precedes ? 1 : 0);
    error = autoErrorFor(response.line()).set32(error);
    registers.put(SdhciRegister.AUTO_COMMAND_ERROR, error);
    interrupts.raise(SdhciInterruptFields.AUTO_COMMAND);
    return false;
  }

  private static BitField autoErrorFor(CardResponse.Line line) {
    return switch (line) {
      case OK, SILENT -> SdhciFields.AUTO_ERROR_TIMEOUT;
      case CRC_ERROR -> SdhciFields.AUTO_ERROR_CRC;
      case INDEX_ERROR -> SdhciFields.AUTO_ERROR_INDEX;
      case END_BIT_ERROR -> SdhciFields.AUTO_ERROR_END_BIT;
    };
  }

  private void takeResponse(int kind) {
    if (kind == SdhciFields.RESPONSE_NONE) {
      return;
    }
    registers.put(SdhciRegister.RESPONSE_0, response.word());
    if (kind == SdhciFields.RESPONSE_136) {
      registers.put(SdhciRegister.RESPONSE_1, response.word(1));
      registers.put(SdhciRegister.RESPONSE_2, response.word(2));
      registers.put(SdhciRegister.RESPONSE_3, response.word(3));
    }
  }

  /** Takes the result of the job that has just run. */
  void settle() {
    if (job.settle()) {
      int mode = registers.get(SdhciRegister.TRANSFER_MODE);
      boolean stop =
          job.wasData() && SdhciFields.MODE_AUTO_COMMAND.extractInt(mode) == SdhciFields.AUTO_CMD12;
      if (stop && autoCommand(EmmcCommand.STOP_TRANSMISSION, 0) && response.busy()) {
        job.startBusy();
        return;
      }
      interrupts.raise(SdhciInterruptFields.TRANSFER_COMPLETE);
    }
  }
}
