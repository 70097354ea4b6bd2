package dev.keyslot.link.emmc;

/** Access kinds of EXT_CSD bytes under CMD6. */
public enum ExtCsdAccess {
  READ_ONLY,
  /** "R/W": set once, for ever. */
  ONE_TIME,
  /** "R/W/E": kept for ever, rewritable. */
  PERSISTENT,
  /** "R/W/E_P": lost on power cycle, RST_n and CMD0. */
  UNTIL_RESET,
  /** "R/W/C_P": set once; cleared by power cycle and RST_n, not by CMD0. */
  ONCE_UNTIL_POWER_CYCLE,
  /** "W/E_P": starts something; reads as zero. */
  TRIGGER,
  /** Bits of several kinds; the card knows which. */
  MIXED,
  RESERVED
}
