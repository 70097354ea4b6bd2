package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.StatusCommandFields;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.MemorySegment;

/** A card, and the bus to it, that misbehave as a plan says. */
public final class FaultyCard implements CardPort {

  /** {@link FaultPoint} index of legacy data, which has no task. */
  private static final int NO_TASK = 32;

  private final CardPort card;
  private final FaultPlan plan;

  public FaultyCard(CardPort card, FaultPlan plan) {
    this.card = card;
    this.plan = plan;
  }

  @Override
  public boolean present() {
    return card.present();
  }

  @Override
  public void power(boolean on) {
    card.power(on);
  }

  @Override
  public void reset() {
    card.reset();
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    if (plan.strikes(FaultPoint.POWER_DROP, index)) {
      card.power(false);
      card.power(true);
    }
    if (plan.strikes(FaultPoint.COMMAND_SILENT, index)) {
      into.silent(); // it never reached the card
      return;
    }
    card.command(index, argument, into);
    if (into.line() != CardResponse.Line.OK) {
      return;
    }
    boolean queueStatus =
        index == EmmcCommand.SEND_STATUS.index()
            && StatusCommandFields.SEND_QUEUE_STATUS.isSet(argument);
    if (queueStatus) {
      into.replaceWord(spoilReadiness(into.word()));
    } else {
      spoilStatus(index, into);
    }
    spoilLine(index, into);
  }

  private void spoilStatus(int index, CardResponse into) {
    if (plan.strikes(FaultPoint.STATUS_ERROR, index)) {
      into.replaceWord(CardStatusFields.ERROR.set32(into.word()));
    }
    if (plan.strikes(FaultPoint.SWITCH_ERROR, index)) {
      into.replaceWord(CardStatusFields.SWITCH_ERROR.set32(into.word()));
    }
  }

  private void spoilLine(int index, CardResponse into) {
    if (plan.strikes(FaultPoint.COMMAND_CRC, index)) {
      into.spoil(CardResponse.Line.CRC_ERROR);
    } else if (plan.strikes(FaultPoint.COMMAND_INDEX, index)) {
      into.spoil(CardResponse.Line.INDEX_ERROR);
    } else if (plan.strikes(FaultPoint.COMMAND_END_BIT, index)) {
      into.spoil(CardResponse.Line.END_BIT_ERROR);
    }
  }

  private int spoilReadiness(int word) {
    int shown = word;
    for (int task = 0; task < QueueTable.TASKS && !plan.isEmpty(); task++) {
      BitField bit = BitField.bit(task);
      if (bit.isSet(word) && plan.strikes(FaultPoint.READY_LOST, task)) {
        shown = bit.clear32(shown);
      } else if (!bit.isSet(word) && plan.strikes(FaultPoint.READY_SPURIOUS, task)) {
        shown = bit.set32(shown);
      }
    }
    return shown;
  }

  @Override
  public DataOutcome finishBusy() {
    DataOutcome outcome = card.finishBusy();
    return plan.strikes(FaultPoint.BUSY_TIMEOUT) ? DataOutcome.TIMEOUT : outcome;
  }

  @Override
  public DataOutcome receive(MemorySegment into) {
    return afterRead(card.receive(into), NO_TASK);
  }

  @Override
  public DataOutcome send(MemorySegment from) {
    DataOutcome fault = beforeWrite(NO_TASK);
    return fault == DataOutcome.DONE ? card.send(from) : fault;
  }

  @Override
  public DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    return afterRead(card.readTask(task, offsetBytes, into), task);
  }

  @Override
  public DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    DataOutcome fault = beforeWrite(task);
    return fault == DataOutcome.DONE ? card.writeTask(task, offsetBytes, from) : fault;
  }

  private DataOutcome afterRead(DataOutcome outcome, int task) {
    if (plan.strikes(FaultPoint.READ_CRC, task)) {
      return DataOutcome.CRC_ERROR;
    }
    return plan.strikes(FaultPoint.DATA_TIMEOUT, task) ? DataOutcome.TIMEOUT : outcome;
  }

  /** A block with a wrong CRC is not stored, nor is what follows it. */
  private DataOutcome beforeWrite(int task) {
    if (plan.strikes(FaultPoint.WRITE_CRC, task)) {
      return DataOutcome.CRC_ERROR;
    }
    return plan.strikes(FaultPoint.DATA_TIMEOUT, task) ? DataOutcome.TIMEOUT : DataOutcome.DONE;
  }

  @Override
  public DataOutcome finishTask(int task, CardResponse into) {
    return card.finishTask(task, into);
  }
}
