package dev.keyslot.link.emmc;

/** What a card answers to a command. */
public enum ResponseKind {
  NONE,
  /** 48 bits with the card status; of CMD13 with SQS the queue status register. */
  R1,
  /** R1, then DAT0 low until done. */
  R1B,
  /** 136 bits: CID or CSD. */
  R2,
  /** 48 bits: OCR, without CRC. */
  R3,
  /** 48 bits that are not a card status: our hole query. */
  VENDOR
}
