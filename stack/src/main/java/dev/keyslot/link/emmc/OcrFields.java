package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/** The operation conditions register: argument and response of CMD1. */
public final class OcrFields {

  /** 1: power-up finished. */
  public static final BitField READY = BitField.bit(31);

  /** 0 byte, 2 sector. */
  public static final BitField ACCESS_MODE = BitField.of(29, 2);

  public static final BitField VOLTAGE_2V7_3V6 = BitField.of(15, 9);
  public static final BitField VOLTAGE_2V0_2V6 = BitField.of(8, 7);
  public static final BitField VOLTAGE_1V8 = BitField.bit(7);

  /** The whole voltage window; 0 in an argument is an inquiry. */
  public static final BitField VOLTAGES = BitField.of(7, 17);

  public static final int ACCESS_BYTE = 0;
  public static final int ACCESS_SECTOR = 2;

  private OcrFields() {}
}
