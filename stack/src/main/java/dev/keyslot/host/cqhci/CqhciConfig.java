package dev.keyslot.host.cqhci;

import dev.keyslot.base.Checks;
import dev.keyslot.link.cqhci.CqhciLayout;

/**
 * What a platform knows about its CQHCI block that the block does not tell.
 *
 * @param baseOffset of the block in the register window, in bytes
 * @param addressing width and padding of link and transfer descriptors
 * @param task128 whether task descriptors have 128 bits; crypto forces it
 * @param directCommands whether slot 31 takes direct commands
 * @param coalescing when completions interrupt together; {@link Coalescing#OFF} as in Linux
 */
public record CqhciConfig(
    long baseOffset,
    Addressing addressing,
    boolean task128,
    boolean directCommands,
    Coalescing coalescing) {

  /** The three forms of link and transfer descriptors. */
  public enum Addressing {
    BITS_32(CqhciLayout.LINK_BYTES_32, CqhciLayout.TRANSFER_BYTES_32),
    BITS_64(CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64),
    /** 64-bit addresses without padding in transfer descriptors: Intel PCI functions, AM654. */
    BITS_64_SHORT(CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64_SHORT);

    private final int linkBytes;
    private final int transferBytes;

    Addressing(int linkBytes, int transferBytes) {
      this.linkBytes = linkBytes;
      this.transferBytes = transferBytes;
    }

    public int linkBytes() {
      return linkBytes;
    }

    public int transferBytes() {
      return transferBytes;
    }
  }

  /** One that interrupts for each completion. */
  public CqhciConfig(
      long baseOffset, Addressing addressing, boolean task128, boolean directCommands) {
    this(baseOffset, addressing, task128, directCommands, Coalescing.OFF);
  }

  public CqhciConfig {
    Checks.argument(baseOffset >= 0, "CQHCI base must not be negative: baseOffset=%d", baseOffset);
  }

  /** The block of an Intel-like PCI function with 64-bit descriptors, padded. */
  public static CqhciConfig generic() {
    return new CqhciConfig(CqhciLayout.DEFAULT_BASE, Addressing.BITS_64, false, true);
  }

  /** The same block, whose completions interrupt together. */
  public CqhciConfig with(Coalescing newCoalescing) {
    return new CqhciConfig(baseOffset, addressing, task128, directCommands, newCoalescing);
  }
}
