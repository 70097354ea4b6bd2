package dev.keyslot.model.controller;

import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.InlineKeyFields;

/**
 * Which real part the controller looks like: where its blocks lie, how long its descriptors are,
 * and how keys reach its engine.
 *
 * <p>Next to none of it can be read from a register; a driver knows it from the part's name.
 */
public enum HostIdentity {
  /** A platform device with 64-bit addresses. */
  PLATFORM_64(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, Keys.REGISTERS),
  /** An Intel PCI function: 64-bit addresses, transfer descriptors without padding. */
  PCI_INTEL(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64_SHORT, Keys.REGISTERS),
  /** A platform device with 32-bit addresses. */
  PLATFORM_32(0x200, CqhciLayout.LINK_BYTES_32, CqhciLayout.TRANSFER_BYTES_32, Keys.REGISTERS),
  /** A platform device that encrypts commands outside the queue too. */
  COMMAND_CRYPTO(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, Keys.REGISTERS),
  /**
   * A Qualcomm part: the queue's block at 800h, keys programmed by firmware alone, commands outside
   * the queue encrypted too.
   */
  QUALCOMM(0x800, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, Keys.FIRMWARE),
  /** A part of ours without keyslots: each task brings its key. */
  INLINE_KEYS(0x200, CqhciLayout.LINK_BYTES_64, CqhciLayout.TRANSFER_BYTES_64, Keys.DESCRIPTORS);

  /** How keys reach the engine. */
  enum Keys {
    /** Software writes them into CRYPTOCFG. */
    REGISTERS,
    /** Firmware does; CRYPTOCFG is not there for others. */
    FIRMWARE,
    /** They come with each task; there is no CRYPTOCFG. */
    DESCRIPTORS
  }

  /** Register window of every identity: room for 256 keyslots, which end at 9200h. */
  public static final int WINDOW_BYTES = 0x10000;

  private final int cqhciBase;
  private final int linkBytes;
  private final int transferBytes;
  private final Keys keys;

  HostIdentity(int cqhciBase, int linkBytes, int transferBytes, Keys keys) {
    this.cqhciBase = cqhciBase;
    this.linkBytes = linkBytes;
    this.transferBytes = transferBytes;
    this.keys = keys;
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
    return this == COMMAND_CRYPTO || this == QUALCOMM;
  }

  /** How keys reach the engine. */
  Keys keys() {
    return keys;
  }

  /** Distance of one slot of the task list from the next. */
  int slotBytes(int taskBytes) {
    return taskBytes + linkBytes + (keys == Keys.DESCRIPTORS ? InlineKeyFields.BYTES : 0);
  }

  /** Whether descriptors carry 64-bit addresses. */
  public boolean wide() {
    return linkBytes == CqhciLayout.LINK_BYTES_64;
  }
}
