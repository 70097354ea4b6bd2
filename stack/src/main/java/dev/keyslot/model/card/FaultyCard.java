package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.StatusCommandFields;
import dev.keyslot.link.emmc.SwitchFields;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A card, and the bus to it, that misbehave as a plan says. */
public final class FaultyCard implements CardPort {

  /** {@link FaultPoint} index of legacy data, which has no task. */
  private static final int NO_TASK = 32;

  private static final int BLOCK_BYTES = 512;

  /** EXCEPTION_EVENTS_STATUS: URGENT_BKOPS; BKOPS_STATUS: critical. */
  private static final byte URGENT_EVENT = 1;

  private static final byte BKOPS_CRITICAL = 3;

  private final EmmcCard card;
  private final FaultPlan plan;

  /** Tasks that are not shown as ready until discarded. Commands come one at a time. */
  private int stuck;

  /** The last busy response belongs to a cache flush. */
  private volatile boolean flushing;

  /** Busy does not end. */
  private volatile boolean hanging;

  /** EXT_CSD comes next on the data lines. */
  private volatile boolean registerFollows;

  private volatile boolean urgent;

  /** A busy response was spoilt on its way: nobody waits for its end. */
  private boolean unheard;

  public FaultyCard(EmmcCard card, FaultPlan plan) {
    this.card = card;
    this.plan = plan;
  }

  @Override
  public boolean present() {
    return card.present();
  }

  @Override
  public void power(boolean on) {
    forget();
    card.power(on);
  }

  @Override
  public void reset() {
    forget();
    card.reset();
  }

  private void forget() {
    stuck = 0;
    unheard = false;
    flushing = false;
    hanging = false;
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    if (unheard) {
      unheard = card.finishBusy() == DataOutcome.PENDING; // it has gone on by itself
    }
    if (plan.strikes(FaultPoint.POWER_DROP, index)) {
      power(false);
      power(true);
    }
    if (plan.strikes(FaultPoint.CARD_RESET, index)) {
      reset();
    }
    if (hanging || plan.strikes(FaultPoint.COMMAND_SILENT, index)) {
      into.silent(); // it never reached the card, or the card is busy for good
      return;
    }
    if (plan.strikes(FaultPoint.COMMAND_GARBLED, index)) {
      into.silent();
      card.commandGarbled();
      return;
    }
    card.command(index, argument, into);
    follow(index, argument);
    if (into.line() != CardResponse.Line.OK) {
      return;
    }
    boolean queueStatus =
        index == EmmcCommand.SEND_STATUS.index()
            && StatusCommandFields.SEND_QUEUE_STATUS.isSet(argument);
    if (queueStatus) {
      into.replaceWord(spoilReadiness(into.word()));
    } else if (hasStatus(index)) {
      spoilStatus(index, into);
    }
    spoilLine(index, into);
  }

  private void follow(int index, int argument) {
    if (index == EmmcCommand.SWITCH.index()) {
      flushing = SwitchFields.INDEX.extractInt(argument) == ExtCsd.FLUSH_CACHE.offset();
    }
    if (index == EmmcCommand.CMDQ_TASK_MGMT.index()) {
      stuck = 0;
    }
    registerFollows = index == EmmcCommand.SEND_EXT_CSD.index();
  }

  /** Not the identification commands, whose responses hold a register, nor our hole query. */
  private static boolean hasStatus(int index) {
    return index >= EmmcCommand.SET_RELATIVE_ADDR.index()
        && index != EmmcCommand.SEND_CSD.index()
        && index != EmmcCommand.SEND_CID.index()
        && index != EmmcCommand.VENDOR_HOLE_QUERY.index();
  }

  private void spoilStatus(int index, CardResponse into) {
    for (StatusFault fault : StatusFault.values()) {
      if (plan.strikes(fault.point(), index)) {
        into.replaceWord(fault.bit().set32(into.word()));
        urgent |= fault == StatusFault.URGENT_BKOPS;
      }
    }
  }

  private void spoilLine(int index, CardResponse into) {
    boolean busy = into.busy();
    if (plan.strikes(FaultPoint.COMMAND_CRC, index)) {
      into.spoil(CardResponse.Line.CRC_ERROR);
    } else if (plan.strikes(FaultPoint.COMMAND_INDEX, index)) {
      into.spoil(CardResponse.Line.INDEX_ERROR);
    } else if (plan.strikes(FaultPoint.COMMAND_END_BIT, index)) {
      into.spoil(CardResponse.Line.END_BIT_ERROR);
    }
    unheard = busy && into.line() != CardResponse.Line.OK;
  }

  private int spoilReadiness(int word) {
    int shown = word;
    for (int task = 0; task < QueueTable.TASKS && !plan.isEmpty(); task++) {
      BitField bit = BitField.bit(task);
      if (bit.isSet(word) && plan.strikes(FaultPoint.TASK_STUCK, task)) {
        stuck = bit.set32(stuck);
      }
      if (bit.isSet(stuck)) {
        shown = bit.clear32(shown);
      } else if (bit.isSet(word) && plan.strikes(FaultPoint.READY_LOST, task)) {
        shown = bit.clear32(shown);
      } else if (!bit.isSet(word) && plan.strikes(FaultPoint.READY_SPURIOUS, task)) {
        shown = bit.set32(shown);
      }
    }
    return shown;
  }

  @Override
  public DataOutcome finishBusy() {
    if (flushing && plan.strikes(FaultPoint.FLUSH_HANGS)) {
      hanging = true;
    }
    if (hanging) {
      return DataOutcome.PENDING;
    }
    flushing = false;
    DataOutcome outcome = card.finishBusy();
    return plan.strikes(FaultPoint.BUSY_TIMEOUT) ? DataOutcome.TIMEOUT : outcome;
  }

  @Override
  public DataOutcome receive(MemorySegment into) {
    if (plan.strikes(FaultPoint.DATA_SHORT, NO_TASK)) {
      return shortened(card.receive(head(into)));
    }
    DataOutcome outcome = afterRead(card.receive(into), into, NO_TASK);
    if (urgent && registerFollows) {
      urgent = false;
      into.set(ValueLayout.JAVA_BYTE, ExtCsd.EXCEPTION_EVENTS_STATUS.offset(), URGENT_EVENT);
      into.set(ValueLayout.JAVA_BYTE, ExtCsd.BKOPS_STATUS.offset(), BKOPS_CRITICAL);
    }
    return outcome;
  }

  @Override
  public DataOutcome send(MemorySegment from) {
    DataOutcome fault = beforeWrite(from, NO_TASK);
    return fault == DataOutcome.DONE ? card.send(from) : fault;
  }

  @Override
  public DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    if (plan.strikes(FaultPoint.DATA_SHORT, task)) {
      return shortened(card.readTask(task, offsetBytes, head(into)));
    }
    return afterRead(card.readTask(task, offsetBytes, into), into, task);
  }

  @Override
  public DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    DataOutcome fault = beforeWrite(from, task);
    return fault == DataOutcome.DONE ? card.writeTask(task, offsetBytes, from) : fault;
  }

  /** The first half, at least a block. */
  private static MemorySegment head(MemorySegment whole) {
    long blocks = Math.max(1, whole.byteSize() / BLOCK_BYTES / 2);
    return whole.asSlice(0, Math.min(whole.byteSize(), blocks * BLOCK_BYTES));
  }

  private static DataOutcome shortened(DataOutcome outcome) {
    return outcome == DataOutcome.FAILED ? outcome : DataOutcome.TIMEOUT;
  }

  /** Noise reaches the host's memory with the block; its CRC tells. */
  private DataOutcome afterRead(DataOutcome outcome, MemorySegment into, int task) {
    if (plan.strikes(FaultPoint.READ_CRC, task)) {
      byte[] block = firstBlock(into);
      boolean told = noiseIsTold(block);
      MemorySegment.copy(block, 0, into, ValueLayout.JAVA_BYTE, 0, block.length);
      return told ? DataOutcome.CRC_ERROR : outcome;
    }
    return plan.strikes(FaultPoint.DATA_TIMEOUT, task) ? DataOutcome.TIMEOUT : outcome;
  }

  /** A block with a wrong CRC is not stored, nor is what follows it. */
  private DataOutcome beforeWrite(MemorySegment from, int task) {
    if (plan.strikes(FaultPoint.WRITE_CRC, task) && noiseIsTold(firstBlock(from))) {
      return DataOutcome.CRC_ERROR;
    }
    return plan.strikes(FaultPoint.DATA_TIMEOUT, task) ? DataOutcome.TIMEOUT : DataOutcome.DONE;
  }

  private static byte[] firstBlock(MemorySegment data) {
    long bytes = Math.min(data.byteSize(), BLOCK_BYTES);
    return data.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
  }

  /** Turns one bit of {@code block}; whether the CRC that was sent behind it tells. */
  private boolean noiseIsTold(byte[] block) {
    int sent = DataCrc.of(block);
    int bit = plan.pick(block.length * Byte.SIZE);
    block[bit / Byte.SIZE] ^= (byte) BitField.bit(bit % Byte.SIZE).mask32();
    return DataCrc.of(block) != sent;
  }

  @Override
  public DataOutcome finishTask(int task, CardResponse into) {
    return card.finishTask(task, into);
  }
}
