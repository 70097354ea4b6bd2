package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.sdhci.SdhciInterruptFields;
import dev.keyslot.link.sdhci.SdhciRegister;

/**
 * Latches events into the two status registers and drives the line.
 *
 * <p>A bit latches only while enabled. SDHCI bit 14 is a level that mirrors the queue's status.
 * Guarded by the controller's lock.
 */
final class InterruptUnit {

  private static final int STATUS = SdhciRegister.NORMAL_INTERRUPT_STATUS.offset();
  private static final int STATUS_ENABLE = SdhciRegister.NORMAL_STATUS_ENABLE.offset();
  private static final int SIGNAL_ENABLE = SdhciRegister.NORMAL_SIGNAL_ENABLE.offset();

  private final RegisterFile sdhci;
  private final RegisterFile cqhci;
  private final InterruptLine line;
  private boolean level;

  InterruptUnit(RegisterFile sdhci, RegisterFile cqhci, InterruptLine line) {
    this.sdhci = sdhci;
    this.cqhci = cqhci;
    this.line = line;
  }

  /** An event of the SDHCI block; bits in the combined view. */
  void raise(BitField bit) {
    raiseAll(bit.mask32());
  }

  /** Several events of the SDHCI block at once. */
  void raiseAll(int bits) {
    int enabled = bits & sdhci.word(STATUS_ENABLE);
    sdhci.putWord(STATUS, sdhci.word(STATUS) | enabled);
    update();
  }

  /** An event of the command queue. */
  void raiseQueue(BitField bit) {
    int enabled = bit.mask32() & cqhci.get(CqhciRegister.ISTE);
    cqhci.put(CqhciRegister.IS, cqhci.get(CqhciRegister.IS) | enabled);
    update();
  }

  /** Takes a bit back, as the resets of single lines do. */
  void withdraw(BitField bits) {
    sdhci.putWord(STATUS, bits.clear32(sdhci.word(STATUS)));
    update();
  }

  /** Works out mirror, summary and level anew; after every change of a register that matters. */
  void update() {
    boolean queue = (cqhci.get(CqhciRegister.IS) & cqhci.get(CqhciRegister.ISGE)) != 0;
    int status = sdhci.word(STATUS);
    int enable = sdhci.word(STATUS_ENABLE);
    boolean mirrored = queue && SdhciInterruptFields.CQE_EVENT.isSet(enable);
    status = SdhciInterruptFields.CQE_EVENT.insert32(status, mirrored ? 1 : 0);
    boolean error = SdhciInterruptFields.ERRORS.isSet(status);
    status = SdhciInterruptFields.ERROR_SUMMARY.insert32(status, error ? 1 : 0);
    sdhci.putWord(STATUS, status);
    boolean now = (status & sdhci.word(SIGNAL_ENABLE)) != 0;
    sdhci.put(SdhciRegister.SLOT_INTERRUPT_STATUS, now ? 1 : 0);
    if (now != level) {
      level = now;
      line.drive(now);
    }
  }
}
