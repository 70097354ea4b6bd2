package dev.keyslot.host.mmc;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.link.emmc.CardStatusFields;

/**
 * How a command or a transfer went wrong, and what that is to the block layer: the one table from
 * eMMC and SDHCI errors to {@link BlockStatus}.
 *
 * <p>Transient errors are tried again; where the card itself gave its verdict that would not help.
 */
public enum MmcError {
  NONE(BlockStatus.OK, false),
  /** No response, or busy or data did not end in time. */
  TIMEOUT(BlockStatus.TIMEOUT, true),
  /** A CRC, end bit or index error on the bus. */
  CRC(BlockStatus.PROTECTION, true),
  /** The host could not reach memory. */
  DMA(BlockStatus.IOERR, true),
  /** The engine refused the task or failed in it. */
  CRYPTO(BlockStatus.IOERR, true),
  /** An error without a reason given. */
  OTHER(BlockStatus.IOERR, true),
  /** The card lost a sequence of commands: an erase that another command broke into. */
  SEQUENCE(BlockStatus.IOERR, true),
  /** Out of range or misaligned, says the card. */
  ADDRESS(BlockStatus.INVAL, false),
  /** The range is write-protected. */
  WRITE_PROTECTED(BlockStatus.IOERR, false),
  /** The card could not correct what it read. */
  ECC(BlockStatus.MEDIUM, false),
  /** The medium behind the card is full. */
  NO_SPACE(BlockStatus.NOSPC, false),
  /** A general error of the card. */
  CARD(BlockStatus.IOERR, false),
  /** The card does not know the command in its present state. */
  ILLEGAL(BlockStatus.IOERR, false),
  /** A CMD6 was not carried out. */
  SWITCH(BlockStatus.IOERR, false),
  /** The card is gone. */
  GONE(BlockStatus.OFFLINE, false),
  /** The host cannot do this. */
  UNSUPPORTED(BlockStatus.NOTSUPP, false),
  /** The request contradicts itself. */
  INVALID(BlockStatus.INVAL, false);

  private final BlockStatus status;
  private final boolean transientError;

  MmcError(BlockStatus status, boolean transientError) {
    this.status = status;
    this.transientError = transientError;
  }

  /** What the block layer sees. */
  public BlockStatus status() {
    return status;
  }

  /** Whether trying again may help. */
  public boolean isTransient() {
    return transientError;
  }

  /** The most telling error in a card status (R1); {@link #NONE} if it shows none. */
  public static MmcError ofCardStatus(int r1) {
    long status = Integer.toUnsignedLong(r1);
    if (any(status, CardStatusFields.ADDRESS_OUT_OF_RANGE, CardStatusFields.ADDRESS_MISALIGN)) {
      return ADDRESS;
    }
    if (any(status, CardStatusFields.WP_VIOLATION, CardStatusFields.WP_ERASE_SKIP)) {
      return WRITE_PROTECTED;
    }
    if (CardStatusFields.DEVICE_ECC_FAILED.isSet(status)) {
      return ECC;
    }
    if (CardStatusFields.ERROR.isSet(status)) {
      return CardStatusFields.EXCEPTION_EVENT.isSet(status) ? NO_SPACE : CARD;
    }
    if (any(status, CardStatusFields.CC_ERROR, CardStatusFields.LOCK_UNLOCK_FAILED)) {
      return CARD;
    }
    if (any(status, CardStatusFields.ERASE_RESET, CardStatusFields.ERASE_SEQ_ERROR)) {
      return SEQUENCE;
    }
    if (any(status, CardStatusFields.ERASE_PARAM, CardStatusFields.BLOCK_LEN_ERROR)) {
      return INVALID;
    }
    if (CardStatusFields.SWITCH_ERROR.isSet(status)) {
      return SWITCH;
    }
    if (CardStatusFields.COM_CRC_ERROR.isSet(status)) {
      return CRC;
    }
    return CardStatusFields.ILLEGAL_COMMAND.isSet(status) ? ILLEGAL : NONE;
  }

  private static boolean any(long status, BitField one, BitField other) {
    return one.isSet(status) || other.isSet(status);
  }
}
