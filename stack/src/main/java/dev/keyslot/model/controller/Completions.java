package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;

/**
 * Turns completed tasks into interrupts, coalesced by count and timer where software asks for it.
 * Guarded by the controller's lock.
 */
final class Completions {

  private final RegisterFile registers;
  private final InterruptUnit interrupts;

  /** Completions that have raised no interrupt yet. */
  private int pending;

  private final QueueTimers timers;

  Completions(RegisterFile registers, InterruptUnit interrupts, QueueTimers timers) {
    this.registers = registers;
    this.interrupts = interrupts;
    this.timers = timers;
  }

  /** One task more; {@code interrupt} is its INT bit. */
  void completed(boolean interrupt) {
    int control = registers.get(CqhciRegister.IC);
    pending++;
    int threshold = CqhciFields.IC_THRESHOLD.extractInt(control);
    boolean waits =
        !interrupt
            && CqhciFields.IC_ENABLE.isSet(control)
            && (threshold == 0 || pending < threshold);
    if (waits) {
      if (pending == 1) {
        timers.holdBack();
      }
      registers.put(CqhciRegister.IC, CqhciFields.IC_PENDING.set32(control));
    } else {
      flush();
    }
  }

  /** Tells about what waits, once it has waited long enough; returns whether it did. */
  boolean expire() {
    boolean expired = pending > 0 && timers.heldLongEnough();
    if (expired) {
      flush();
    }
    return expired;
  }

  /** Tells about everything that waits. */
  void flush() {
    if (pending > 0) {
      resetCounter();
      interrupts.raiseQueue(CqhciFields.IS_TCC);
    }
  }

  /** Software wrote IC, whose content was {@code before}. */
  void controlWritten(int before) {
    int now = registers.get(CqhciRegister.IC);
    boolean reset = CqhciFields.IC_RESET.isSet(now);
    if (!CqhciFields.IC_THRESHOLD_WRITE.isSet(now)) {
      now = keep(CqhciFields.IC_THRESHOLD, before, now);
    }
    if (!CqhciFields.IC_TIMEOUT_WRITE.isSet(now)) {
      now = keep(CqhciFields.IC_TIMEOUT, before, now);
    }
    now = CqhciFields.IC_THRESHOLD_WRITE.clear32(now);
    now = CqhciFields.IC_TIMEOUT_WRITE.clear32(now);
    now = CqhciFields.IC_RESET.clear32(now);
    registers.put(CqhciRegister.IC, CqhciFields.IC_PENDING.insert32(now, pending > 0 ? 1 : 0));
    if (reset) {
      resetCounter();
    }
  }

  private static int keep(BitField field, int from, int into) {
    return field.insert32(into, field.extractInt(from));
  }

  void resetCounter() {
    pending = 0;
    registers.put(
        CqhciRegister.IC, CqhciFields.IC_PENDING.clear32(registers.get(CqhciRegister.IC)));
  }

  void raise(BitField bit) {
    interrupts.raiseQueue(bit);
  }
}
