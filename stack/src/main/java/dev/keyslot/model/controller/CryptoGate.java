package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.Verdict;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;

/**
 * Lets a task pass only with a key it may use; fails closed. Guarded by the controller's lock.
 *
 * <p>Asked when a task is fetched and again when it starts, as its slot may have changed.
 */
final class CryptoGate {

  private final CryptoEngine engine;
  private final RegisterFile registers;
  private final TaskErrors errors;
  private final FaultPlan faults;

  CryptoGate(CryptoEngine engine, RegisterFile registers, TaskErrors errors, FaultPlan faults) {
    this.engine = engine;
    this.registers = registers;
    this.errors = errors;
    this.faults = faults;
  }

  /** Whether {@code slot} may go on; where not, software is told. */
  boolean passes(TaskSlot slot) {
    if (!slot.crypto) {
      return true;
    }
    switch (verdict(slot)) {
      case OK -> {
        return true;
      }
      case INVALID_CONFIGURATION -> errors.invalidConfiguration(slot.index);
      case GENERAL_ERROR -> errors.generalCrypto(execution(slot).index(), slot.index);
    }
    return false;
  }

  private Verdict verdict(TaskSlot slot) {
    if (faults.strikes(FaultPoint.CRYPTO_INVALID, slot.keyslot)) {
      return Verdict.INVALID_CONFIGURATION;
    }
    if (faults.strikes(FaultPoint.CRYPTO_GENERAL, slot.keyslot)) {
      return Verdict.GENERAL_ERROR;
    }
    boolean enabled = CqhciFields.CFG_CRYPTO_ENABLE.isSet(registers.get(CqhciRegister.CFG));
    long bytes = (long) slot.blocks * CqhciLayout.BLOCK_BYTES;
    return engine.check(enabled, slot.keyslot, slot.dun, bytes);
  }

  /** Claims the task's key; null for a task without crypto. */
  void claim(TaskSlot slot) {
    if (slot.crypto) {
      slot.key = engine.claim(slot.keyslot);
      slot.dun += faults.strikes(FaultPoint.CRYPTO_DUN_OFF, slot.keyslot) ? 1 : 0;
    }
  }

  /** Gives a claimed key back. */
  void release(TaskSlot slot) {
    if (slot.key != null) {
      engine.release(slot.key);
      slot.key = null;
    }
  }

  /** The command that starts a data task. */
  static EmmcCommand execution(TaskSlot slot) {
    return slot.read ? EmmcCommand.EXECUTE_READ_TASK : EmmcCommand.EXECUTE_WRITE_TASK;
  }
}
