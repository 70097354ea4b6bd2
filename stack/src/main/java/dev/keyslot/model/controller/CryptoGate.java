package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.cqhci.InlineKeyFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.engine.SlotKey;
import dev.keyslot.model.engine.Verdict;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Lets a task pass only with a key it may use; fails closed. Guarded by the controller's lock.
 *
 * <p>Asked when a task is fetched and again when it starts, as its slot may have changed.
 */
final class CryptoGate {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
    if (faults.strikes(FaultPoint.KEYSLOT_CLEARED, slot.keyslot)) {
      engine.clear(slot.keyslot);
    }
    if (faults.strikes(FaultPoint.CRYPTO_INVALID, slot.keyslot)) {
      return Verdict.INVALID_CONFIGURATION;
    }
    if (faults.strikes(FaultPoint.CRYPTO_GENERAL, slot.keyslot)) {
      return Verdict.GENERAL_ERROR;
    }
    boolean enabled = CqhciFields.CFG_CRYPTO_ENABLE.isSet(registers.get(CqhciRegister.CFG));
    long bytes = (long) slot.blocks * CqhciLayout.BLOCK_BYTES;
    if (slot.keyPart != null) {
      int unitCode = InlineKeyFields.DATA_UNIT.extractInt(inlineWord(slot));
      return engine.checkInline(enabled, unitCode, slot.dun, bytes);
    }
    return engine.check(enabled, slot.keyslot, slot.dun, bytes);
  }

  private static int inlineWord(TaskSlot slot) {
    return slot.keyPart.get(INT, InlineKeyFields.CONFIG_BYTE);
  }

  /**
   * Claims the task's key; null for a task without crypto.
   *
   * @return false if the key that came with the task is none: software is told
   */
  boolean claim(TaskSlot slot) {
    slot.cryptoFailsAt = Long.MAX_VALUE;
    slot.shortUnitAt = Long.MAX_VALUE;
    if (!slot.crypto) {
      return true;
    }
    slot.key = slot.keyPart == null ? keyOfSlot(slot.keyslot) : inlineKey(slot);
    if (slot.key == null) {
      errors.invalidConfiguration(slot.index);
      return false;
    }
    endWithin(slot);
    if (!faults.isEmpty()) {
      spoil(slot);
    }
    return true;
  }

  /**
   * What the engine does with a task that ends within a data unit, which {@link #passes} let by.
   */
  private void endWithin(TaskSlot slot) {
    long bytes = (long) slot.blocks * CqhciLayout.BLOCK_BYTES;
    long whole = bytes - bytes % slot.key.unitBytes();
    if (whole != bytes) {
      switch (engine.config().partialUnit()) {
        case REFUSE, WHOLE_UNITS_THEN_FAIL -> slot.cryptoFailsAt = whole;
        case SHORT_UNIT -> slot.shortUnitAt = whole;
      }
    }
  }

  private SlotKey keyOfSlot(int keyslot) {
    if (faults.isEmpty()) {
      return engine.claim(keyslot);
    }
    if (faults.strikes(FaultPoint.KEY_FLIPPED, keyslot)) {
      engine.flipKeyBit(keyslot);
    }
    return faults.strikes(FaultPoint.CRYPTO_WRONG_KEY, keyslot)
        ? engine.claimWrong(keyslot)
        : engine.claim(keyslot);
  }

  private void spoil(TaskSlot slot) {
    slot.dun += faults.strikes(FaultPoint.CRYPTO_DUN_OFF, slot.keyslot) ? 1 : 0;
    if (faults.strikes(FaultPoint.CRYPTO_UNIT, slot.keyslot)) {
      int unitBytes = slot.key.unitBytes();
      int units = Math.max(1, slot.blocks * CqhciLayout.BLOCK_BYTES / unitBytes);
      slot.cryptoFailsAt = (long) faults.pick(units) * unitBytes;
    }
  }

  private SlotKey inlineKey(TaskSlot slot) {
    int word = inlineWord(slot);
    int unit = InlineKeyFields.DATA_UNIT.extractInt(word);
    int config = CryptoConfigFields.DATA_UNIT.insert32(0, unit);
    int capability = InlineKeyFields.CAPABILITY.extractInt(word);
    config = CryptoConfigFields.CAPABILITY.insert32(config, capability);
    int zeroRule = InlineKeyFields.ZERO_RULE.extractInt(word);
    int vendor = CryptoConfigFields.ZERO_RULE.insert32(0, zeroRule);
    return engine.claimInline(slot.keyPart.asSlice(0, InlineKeyFields.KEY_BYTES), config, vendor);
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
