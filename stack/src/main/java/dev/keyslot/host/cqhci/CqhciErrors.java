package dev.keyslot.host.cqhci;

import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.host.mmc.MmcRequest;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciRegister;

/**
 * Finds out which task an error belongs to, and what the error is.
 *
 * <p>If the hardware names none, the first task in flight is taken: some request must carry the
 * error, or nothing would ever move again. Called under the driver lock.
 */
final class CqhciErrors {

  private final CqhciRegisters registers;

  CqhciErrors(CqhciRegisters registers) {
    this.registers = registers;
  }

  /** Whether the interrupt status shows an error. */
  static boolean inStatus(int status) {
    return CqhciFields.IS_RED.isSet(status)
        || CqhciFields.IS_GCE.isSet(status)
        || CqhciFields.IS_ICCE.isSet(status);
  }

  /** Marks the requests concerned with their error. */
  void mark(
      int status,
      MmcError commandError,
      MmcError dataError,
      MmcRequest[] requests,
      int outstanding) {
    if (outstanding == 0) {
      return;
    }
    int marked = 0;
    long terri = Integer.toUnsignedLong(registers.read(CqhciRegister.TERRI));
    MmcError fallback = ofStatus(status);
    if (CqhciFields.TERRI_RESPONSE_VALID.isSet(terri)) {
      int slot = CqhciFields.TERRI_RESPONSE_TASK.extractInt(terri);
      marked += fail(requests, outstanding, slot, first(commandError, dataError, fallback));
    }
    if (CqhciFields.TERRI_DATA_VALID.isSet(terri)) {
      int slot = CqhciFields.TERRI_DATA_TASK.extractInt(terri);
      marked += fail(requests, outstanding, slot, first(dataError, commandError, fallback));
    }
    if (CqhciFields.IS_ICCE.isSet(status)) {
      int slots = registers.read(CqhciRegister.TDPE);
      registers.write(CqhciRegister.TDPE, slots);
      for (int rest = slots; rest != 0; rest = Slots.withoutLowest(rest)) {
        marked += fail(requests, outstanding, Slots.lowest(rest), MmcError.CRYPTO);
      }
    }
    if (marked == 0) {
      MmcError error = first(commandError, dataError, fallback);
      fail(requests, outstanding, Slots.lowest(outstanding), error);
    }
  }

  private static int fail(MmcRequest[] requests, int outstanding, int slot, MmcError error) {
    if (!Slots.contains(outstanding, slot)) {
      return 0;
    }
    requests[slot].fail(error);
    return 1;
  }

  private static MmcError first(MmcError one, MmcError other, MmcError last) {
    if (one != MmcError.NONE) {
      return one;
    }
    return other != MmcError.NONE ? other : last;
  }

  /** What the engine says; for a response error, what the card's status says. */
  private MmcError ofStatus(int status) {
    if (CqhciFields.IS_ICCE.isSet(status) || CqhciFields.IS_GCE.isSet(status)) {
      return MmcError.CRYPTO;
    }
    if (CqhciFields.IS_RED.isSet(status)) {
      MmcError shown = MmcError.ofCardStatus(registers.read(CqhciRegister.CRA));
      return shown == MmcError.NONE ? MmcError.OTHER : shown;
    }
    return MmcError.OTHER;
  }
}
