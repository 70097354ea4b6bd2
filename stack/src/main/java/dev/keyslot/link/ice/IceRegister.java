package dev.keyslot.link.ice;

import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Register;

/**
 * Registers of the engine that drivers touch; offsets are bytes from the start of the ICE region.
 */
public enum IceRegister implements Register {
  CONTROL(0x0000, Access.READ_WRITE, 1, "bit 0 legacy mode enable; cleared for HWKM version 2"),
  VERSION(0x0008, Access.READ_ONLY, 0x0302_0001, "31:24 major, 23:16 minor, 15:0 step"),
  FUSE_SETTING(0x0010, Access.READ_ONLY, 0, "any of bits 2:0 set: unusable"),
  BIST_STATUS(0x0070, Access.READ_ONLY, 0, "31:28 self-test busy"),
  ADVANCED_CONTROL(0x1000, Access.READ_WRITE, 0, "low power and optimisation"),
  FIRMWARE_FEATURES(0x1FFC, Access.READ_ONLY, 0, "ours: bit 0 set key takes the zero rule"),
  CRYPTOCFG(0x4040, Access.READ_WRITE, 0, "dword 16 of slot s at + 80h s; wrapped keys only"),
  HWKM_TZ_KM_CTL(0x9000, Access.READ_WRITE, 6, "1, 2 CRC checks off; 5 legacy mode (version 1)"),
  HWKM_TZ_KM_STATUS(0x9004, Access.READ_ONLY, 0x0287, "key table, boot lists, self-tests"),
  HWKM_BANK0_IRQ_STATUS(0xA008, Access.WRITE_ONE_TO_CLEAR, 0, "bit 3 clears the response FIFO"),
  HWKM_BANK0_ACCESS_0(0xD000, Access.READ_WRITE, 0, "access control; written all ones"),
  HWKM_BANK0_ACCESS_1(0xD004, Access.READ_WRITE, 0, "access control"),
  HWKM_BANK0_ACCESS_2(0xD008, Access.READ_WRITE, 0, "access control"),
  HWKM_BANK0_ACCESS_3(0xD00C, Access.READ_WRITE, 0, "access control"),
  HWKM_BANK0_ACCESS_4(0xD010, Access.READ_WRITE, 0, "access control");

  private final int offset;
  private final Access access;
  private final int resetValue;
  private final String meaning;

  IceRegister(int offset, Access access, int resetValue, String meaning) {
    this.offset = offset;
    this.access = access;
    this.resetValue = resetValue;
    this.meaning = meaning;
  }

  @Override
  public int offset() {
    return offset;
  }

  @Override
  public int widthBytes() {
    return Integer.BYTES;
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public int resetValue() {
    return resetValue;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
