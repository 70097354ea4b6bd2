package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciLayout;

/**
 * Which real part the controller looks like: where its blocks lie and how long its descriptors are.
 *
 * <p>None of it can be read from a register; a driver knows it from the part's name.
 */
public enum HostIdentity {
  /** A platform device with 64-bit addresses. */
  PLATFORM_64(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64),
  /** An Intel PCI function: 64-bit addresses, transfer descriptors without padding. */
  PCI_INTEL(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64_SHORT),
  /** A platform device with 32-bit addresses. */
  PLATFORM_32(0x200, CqhciLayout.LINK_BYTES_32, CqhciLayout.TRANSFER_BYTES_32);

  /** Register window of every identity: room for 256 keyslots, which end at 9200h. */
  public static final int WINDOW_BYTES = 0x10000;

  private final int cqhciBase;
  private final int linkBytes;
  private final int transferBytes;

  HostIdentity(int cqhciBase, int linkBytes, int transferBytes) {
    this.cqhciBase = cqhciBase;
    this.linkBytes = linkBytes;
    this.transferBytes = transferBytes;
  }

  /** Offset of the CQHCI block in the window. */
  public int cqhciBase() {
    return cqhciBase;
  }

  public int linkBytes() {
    return linkBytes;
  }

  public int transferBytes() {
    return transferBytes;
  }

  /** Whether descriptors carry 64-bit addresses. */
  public boolean wide() {
    return linkBytes == CqhciLayout.LINK_BYTES_64;
  }
}
