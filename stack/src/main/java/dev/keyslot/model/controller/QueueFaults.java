package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;

/**
 * What a queue hears of its doorbells and tells of its completions, when a plan interferes. Guarded
 * by the controller's lock.
 */
final class QueueFaults {

  private final FaultPlan plan;
  private final RegisterFile registers;
  private final Completions completions;

  /** Slots whose completion is to be told once more. */
  private int repeats;

  /** Completions whose interrupt waits for the queue to fall idle. */
  private boolean held;

  QueueFaults(FaultPlan plan, RegisterFile registers, Completions completions) {
    this.plan = plan;
    this.registers = registers;
    this.completions = completions;
  }

  boolean halts() {
    return !plan.strikes(FaultPoint.HALT_STUCK);
  }

  boolean clears() {
    return !plan.strikes(FaultPoint.CLEAR_STUCK);
  }

  /** Which of these doorbell bits are seen. */
  int heard(int fresh) {
    int heard = fresh;
    for (int left = fresh; left != 0 && !plan.isEmpty(); left &= left - 1) {
      int slot = Integer.numberOfTrailingZeros(left);
      if (plan.strikes(FaultPoint.DOORBELL_IGNORED, slot)) {
        heard = BitField.bit(slot).clear32(heard);
      }
    }
    return heard;
  }

  /** Whether a task's completion is told before its data has moved. */
  boolean tellsEarly(TaskSlot slot) {
    return plan.strikes(FaultPoint.COMPLETION_EARLY, slot.index);
  }

  /** Tells that a task is complete: TCN is whole before the interrupt can be seen. */
  void tell(TaskSlot slot) {
    registers.put(CqhciRegister.TCN, registers.get(CqhciRegister.TCN) | slot.bit);
    if (plan.isEmpty()) {
      completions.completed(slot.interrupt);
    } else {
      tellMore(slot);
    }
  }

  private void tellMore(TaskSlot slot) {
    int idle = ~registers.get(CqhciRegister.TDBR) & ~slot.bit;
    int extra = repeats & idle;
    repeats &= ~extra;
    if (plan.strikes(FaultPoint.COMPLETION_SPURIOUS, slot.index)) {
      extra |= idle & BitField.bit(plan.pick(CqhciLayout.TASK_SLOTS)).mask32();
    }
    if (plan.strikes(FaultPoint.COMPLETION_DUPLICATE, slot.index)) {
      repeats |= slot.bit;
    }
    registers.put(CqhciRegister.TCN, registers.get(CqhciRegister.TCN) | extra);
    if (plan.strikes(FaultPoint.INTERRUPT_MISSED, slot.index)) {
      return;
    }
    held |= plan.strikes(FaultPoint.COMPLETIONS_COALESCED, slot.index);
    if (!held || registers.get(CqhciRegister.TDBR) == 0) {
      held = false;
      completions.completed(slot.interrupt);
    }
  }

  /** The queue starts over. */
  void forget() {
    repeats = 0;
    held = false;
  }
}
