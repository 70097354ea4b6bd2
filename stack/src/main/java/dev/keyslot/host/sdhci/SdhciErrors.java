package dev.keyslot.host.sdhci;

import dev.keyslot.host.mmc.MmcError;
import dev.keyslot.link.sdhci.SdhciInterruptFields;

/** What SDHCI error interrupts mean, for the command line and for the data lines. */
final class SdhciErrors {

  private SdhciErrors() {}

  static boolean any(int status) {
    return SdhciInterruptFields.ERRORS.isSet(Integer.toUnsignedLong(status));
  }

  static MmcError command(int status) {
    if (SdhciInterruptFields.COMMAND_TIMEOUT.isSet(status)) {
      return MmcError.TIMEOUT;
    }
    boolean garbled =
        SdhciInterruptFields.COMMAND_CRC.isSet(status)
            || SdhciInterruptFields.COMMAND_END_BIT.isSet(status)
            || SdhciInterruptFields.COMMAND_INDEX.isSet(status);
    return garbled ? MmcError.CRC : MmcError.NONE;
  }

  static MmcError data(int status) {
    if (SdhciInterruptFields.DATA_TIMEOUT.isSet(status)) {
      return MmcError.TIMEOUT;
    }
    if (SdhciInterruptFields.DATA_CRC.isSet(status)
        || SdhciInterruptFields.DATA_END_BIT.isSet(status)) {
      return MmcError.CRC;
    }
    if (SdhciInterruptFields.COMMAND_CRYPTO.isSet(status)) {
      return MmcError.CRYPTO;
    }
    return SdhciInterruptFields.ADMA.isSet(status) ? MmcError.DMA : MmcError.NONE;
  }
}
