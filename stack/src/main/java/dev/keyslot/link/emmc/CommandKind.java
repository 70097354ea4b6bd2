package dev.keyslot.link.emmc;

/** How a command travels. */
public enum CommandKind {
  /** Broadcast, no response. */
  BROADCAST,
  /** Broadcast with response. */
  BROADCAST_RESPONSE,
  /** Addressed, no data. */
  ADDRESSED,
  /** Addressed, the card sends data. */
  DATA_READ,
  /** Addressed, the host sends data. */
  DATA_WRITE
}
