package dev.keyslot.link.cqhci;

/** Sizes and strides of the CQHCI interface. */
public final class CqhciLayout {

  /** CQHCI has 32 slots; the last may be taken by direct commands. */
  public static final int TASK_SLOTS = 32;

  /** The slot of direct commands while CFG.DCMD is set. */
  public static final int DCMD_SLOT = 31;

  /** Offset of the block inside a PCI function's window, and our default. */
  public static final int DEFAULT_BASE = 0x200;

  /** TDLBA drops the address bits below this. */
  public static final int TASK_LIST_ALIGNMENT_BYTES = 1024;

  /** Task descriptor without crypto words. */
  public static final int TASK_BYTES_64 = 8;

  /** Task descriptor with DUN and slot: what crypto needs (CFG bit 8). */
  public static final int TASK_BYTES_128 = 16;

  public static final int LINK_BYTES_32 = 8;
  public static final int LINK_BYTES_64 = 16;

  /** Transfer descriptor with a 32-bit address. */
  public static final int TRANSFER_BYTES_32 = 8;

  /** Transfer descriptor with a 64-bit address. */
  public static final int TRANSFER_BYTES_64 = 16;

  /** Transfer descriptor with a 64-bit address and no padding: Intel PCI functions, AM654. */
  public static final int TRANSFER_BYTES_64_SHORT = 12;

  /** CCAP.CFGPTR counts in these. */
  public static final int CRYPTOCFG_POINTER_UNIT_BYTES = 0x100;

  public static final int CRYPTOCAP_STRIDE_BYTES = 4;
  public static final int CRYPTOCFG_STRIDE_BYTES = 128;

  /** A data task's block, whatever the card's native sector. */
  public static final int BLOCK_BYTES = 512;

  private CqhciLayout() {}
}
