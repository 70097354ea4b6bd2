package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciLayout;

/**
 * Which real part the controller looks like: where its blocks lie, how long its descriptors are,
 * and how keys reach its engine.
 *
 * <p>Next to none of it can be read from a register; a driver knows it from the part's name.
 */
public enum HostIdentity {
  /** A platform device with 64-bit addresses. */
  PLATFORM_64(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, false),
  /** An Intel PCI function: 64-bit addresses, transfer descriptors without padding. */
  PCI_INTEL(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64_SHORT, false),
  /** A platform device with 32-bit addresses. */
  PLATFORM_32(0x200, CqhciLayout.LINK_BYTES_32, CqhciLayout.TRANSFER_BYTES_32, false),
  /** A platform device that encrypts commands outside the queue too. */
  COMMAND_CRYPTO(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, true);

  /** Register window of every identity: room for 256 keyslots, which end at 9200h. */
  public static final int WINDOW_BYTES = 0x10000;

  private final int cqhciBase;
  private final int linkBytes;
  private final int transferBytes;
  private final boolean commandCrypto;

  HostIdentity(int cqhciBase, int linkBytes, int transferBytes, boolean commandCrypto) {
    this.cqhciBase = cqhciBase;
    this.linkBytes = linkBytes;
    this.transferBytes = transferBytes;
    this.commandCrypto = commandCrypto;
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

  /** Whether a pair of registers encrypts the data of commands outside the queue. */
  public boolean commandCrypto() {
    return commandCrypto;
  }

  /** Whether descriptors carry 64-bit addresses. */
  public boolean wide() {
    return linkBytes == CqhciLayout.LINK_BYTES_64;
  }
}
