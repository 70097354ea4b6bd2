package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.model.fault.FaultPoint;

/** Which bit of the card status each status fault sets. */
enum StatusFault {
  OUT_OF_RANGE(FaultPoint.STATUS_OUT_OF_RANGE, CardStatusFields.ADDRESS_OUT_OF_RANGE),
  MISALIGN(FaultPoint.STATUS_MISALIGN, CardStatusFields.ADDRESS_MISALIGN),
  BLOCK_LENGTH(FaultPoint.STATUS_BLOCK_LENGTH, CardStatusFields.BLOCK_LEN_ERROR),
  ERASE_SEQUENCE(FaultPoint.STATUS_ERASE_SEQUENCE, CardStatusFields.ERASE_SEQ_ERROR),
  ERASE_PARAM(FaultPoint.STATUS_ERASE_PARAM, CardStatusFields.ERASE_PARAM),
  WRITE_PROTECT(FaultPoint.STATUS_WRITE_PROTECT, CardStatusFields.WP_VIOLATION),
  LOCK_FAILED(FaultPoint.STATUS_LOCK_FAILED, CardStatusFields.LOCK_UNLOCK_FAILED),
  COMMAND_CRC(FaultPoint.STATUS_COMMAND_CRC, CardStatusFields.COM_CRC_ERROR),
  ILLEGAL(FaultPoint.STATUS_ILLEGAL, CardStatusFields.ILLEGAL_COMMAND),
  ECC(FaultPoint.STATUS_ECC, CardStatusFields.DEVICE_ECC_FAILED),
  CONTROLLER(FaultPoint.STATUS_CONTROLLER, CardStatusFields.CC_ERROR),
  ERROR(FaultPoint.STATUS_ERROR, CardStatusFields.ERROR),
  OVERWRITE(FaultPoint.STATUS_OVERWRITE, CardStatusFields.CID_CSD_OVERWRITE),
  ERASE_SKIP(FaultPoint.STATUS_ERASE_SKIP, CardStatusFields.WP_ERASE_SKIP),
  ERASE_RESET(FaultPoint.STATUS_ERASE_RESET, CardStatusFields.ERASE_RESET),
  SWITCH(FaultPoint.SWITCH_ERROR, CardStatusFields.SWITCH_ERROR),
  URGENT_BKOPS(FaultPoint.URGENT_BKOPS, CardStatusFields.EXCEPTION_EVENT);

  private final FaultPoint point;

  @SuppressWarnings("ImmutableEnumChecker") // a record of two numbers
  private final BitField bit;

  StatusFault(FaultPoint point, BitField bit) {
    this.point = point;
    this.bit = bit;
  }

  FaultPoint point() {
    return point;
  }

  BitField bit() {
    return bit;
  }
}
