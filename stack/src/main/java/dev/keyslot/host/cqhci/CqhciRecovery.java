package dev.keyslot.host.cqhci;

import dev.keyslot.host.device.HardwareWait;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * The register sequences that take the engine back from an error, with their time limits.
 *
 * <p>Runs with the host claimed and without the driver lock: nobody else touches CTL meanwhile.
 */
final class CqhciRecovery {

  private static final Logger LOG = System.getLogger(CqhciRecovery.class.getName());

  /** Limit on the first halt, in which a transfer may still have to end. */
  static final long START_HALT_NANOS = 500_000_000L;

  /** Limit on the later halts. */
  static final long FINISH_HALT_NANOS = 20_000_000L;

  /** Limit on clearing all tasks. */
  static final long CLEAR_NANOS = 20_000_000L;

  /** TCC, RED, GCE and ICCE: what may interrupt while tasks run. */
  static final int RUNNING_INTERRUPTS =
      CqhciFields.IS_TCC.set32(
          CqhciFields.IS_RED.set32(CqhciFields.IS_GCE.set32(CqhciFields.IS_ICCE.mask32())));

  private final CqhciRegisters registers;
  private final HardwareWait wait;

  CqhciRecovery(CqhciRegisters registers, HardwareWait wait) {
    this.registers = registers;
    this.wait = wait;
  }

  boolean halted() {
    return registers.isSet(CqhciRegister.CTL, CqhciFields.CTL_HALT);
  }

  private boolean cleared() {
    return !registers.isSet(CqhciRegister.CTL, CqhciFields.CTL_CLEAR_ALL);
  }

  /** Halts the engine so that the card can be talked to. */
  void start() {
    if (!halt(START_HALT_NANOS)) {
      LOG.log(Level.WARNING, "command queue did not halt within 500 ms");
    }
  }

  /** Halts and clears; then switches the engine off and on and makes sure it is halted again. */
  void finish() {
    boolean clean = halt(FINISH_HALT_NANOS) && clearAll();
    int cfg = registers.read(CqhciRegister.CFG);
    registers.write(CqhciRegister.CFG, CqhciFields.CFG_ENABLE.clear32(cfg));
    registers.write(CqhciRegister.CFG, CqhciFields.CFG_ENABLE.set32(cfg));
    boolean halted = halt(FINISH_HALT_NANOS);
    if (!clean && !(halted && clearAll())) {
      LOG.log(Level.WARNING, "command queue could not be cleared");
    }
    registers.write(CqhciRegister.IS, CqhciFields.IS_HAC.set32(CqhciFields.IS_TCL.mask32()));
  }

  private boolean halt(long limitNanos) {
    if (halted()) {
      return true;
    }
    registers.allowInterrupts(CqhciFields.IS_HAC.mask32());
    int control = registers.read(CqhciRegister.CTL);
    registers.write(CqhciRegister.CTL, CqhciFields.CTL_HALT.set32(control));
    boolean halted = wait.until(this::halted, limitNanos);
    registers.allowInterrupts(0);
    return halted;
  }

  private boolean clearAll() {
    registers.allowInterrupts(CqhciFields.IS_TCL.mask32());
    int control = registers.read(CqhciRegister.CTL);
    registers.write(CqhciRegister.CTL, CqhciFields.CTL_CLEAR_ALL.set32(control));
    boolean cleared = wait.until(this::cleared, CLEAR_NANOS);
    registers.allowInterrupts(0);
    return cleared;
  }
}
