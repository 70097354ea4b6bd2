package dev.keyslot.link.sdhci;

import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Register;

/**
 * SDHCI registers of one slot; offsets are bytes from the start of its 256-byte window.
 *
 * <p>Reset values are those of our default part: version 3.00, embedded slot with a card, HS200.
 */
public enum SdhciRegister implements Register {
  SDMA_ADDRESS(0x00, 4, Access.READ_WRITE, 0, "SDMA address, or argument 2 (Auto-CMD23)"),
  BLOCK_SIZE(0x04, 2, Access.READ_WRITE, 0, "11:0 block size, 14:12 SDMA boundary"),
  BLOCK_COUNT(0x06, 2, Access.READ_WRITE, 0, "blocks of the transfer"),
  ARGUMENT(0x08, 4, Access.READ_WRITE, 0, "command argument"),
  TRANSFER_MODE(0x0C, 2, Access.READ_WRITE, 0, "DMA, count, auto command, direction, multi"),
  COMMAND(0x0E, 2, Access.READ_WRITE, 0, "command; writing the high byte starts it"),
  RESPONSE_0(0x10, 4, Access.READ_ONLY, 0, "response, bits 39:8 of a token"),
  RESPONSE_1(0x14, 4, Access.READ_ONLY, 0, "response, bits 71:40 of R2"),
  RESPONSE_2(0x18, 4, Access.READ_ONLY, 0, "response, bits 103:72 of R2"),
  RESPONSE_3(0x1C, 4, Access.READ_ONLY, 0, "response, bits 127:104 of R2; auto command response"),
  BUFFER_DATA(0x20, 4, Access.READ_WRITE, 0, "data port of programmed I/O"),
  PRESENT_STATE(0x24, 4, Access.READ_ONLY, 0x01FF_00F0, "inhibits, lines, card detect"),
  HOST_CONTROL_1(0x28, 1, Access.READ_WRITE, 0, "bus width, high speed, DMA select"),
  POWER_CONTROL(0x29, 1, Access.READ_WRITE, 0, "0 on, 3:1 voltage"),
  BLOCK_GAP_CONTROL(0x2A, 1, Access.READ_WRITE, 0, "stop, continue, read wait, interrupt"),
  WAKEUP_CONTROL(0x2B, 1, Access.READ_WRITE, 0, "wake-up events"),
  CLOCK_CONTROL(0x2C, 2, Access.READ_WRITE, 0, "internal clock, stable, card clock, divider"),
  TIMEOUT_CONTROL(0x2E, 1, Access.READ_WRITE, 0, "3:0 data timeout, TMCLK x 2^(13+n)"),
  SOFTWARE_RESET(0x2F, 1, Access.WRITE_ONE_TO_SET, 0, "0 all, 1 command, 2 data; self-clearing"),
  NORMAL_INTERRUPT_STATUS(0x30, 2, Access.WRITE_ONE_TO_CLEAR, 0, "normal interrupt status"),
  ERROR_INTERRUPT_STATUS(0x32, 2, Access.WRITE_ONE_TO_CLEAR, 0, "error interrupt status"),
  NORMAL_STATUS_ENABLE(0x34, 2, Access.READ_WRITE, 0, "only enabled bits latch into 30h"),
  ERROR_STATUS_ENABLE(0x36, 2, Access.READ_WRITE, 0, "only enabled bits latch into 32h"),
  NORMAL_SIGNAL_ENABLE(0x38, 2, Access.READ_WRITE, 0, "only these raise the line"),
  ERROR_SIGNAL_ENABLE(0x3A, 2, Access.READ_WRITE, 0, "only these raise the line"),
  AUTO_COMMAND_ERROR(0x3C, 2, Access.READ_ONLY, 0, "auto command error status"),
  HOST_CONTROL_2(0x3E, 2, Access.READ_WRITE, 0, "timing mode, 1.8 V, tuning, version 4"),
  CAPABILITIES_LOW(0x40, 4, Access.READ_ONLY, 0x556C_C881, "clocks, DMA kinds, voltages"),
  CAPABILITIES_HIGH(0x44, 4, Access.READ_ONLY, 0x0000_2007, "timing modes, tuning"),
  MAX_CURRENT(0x48, 4, Access.READ_ONLY, 0, "current limits in 4 mA; 0 unknown"),
  MAX_CURRENT_HIGH(0x4C, 4, Access.READ_ONLY, 0, "reserved"),
  FORCE_AUTO_COMMAND_ERROR(0x50, 2, Access.WRITE_ONLY, 0, "sets auto command error bits"),
  FORCE_ERROR_INTERRUPT(0x52, 2, Access.WRITE_ONLY, 0, "sets error status bits"),
  ADMA_ERROR(0x54, 1, Access.READ_ONLY, 0, "1:0 state, 2 length mismatch"),
  ADMA_ADDRESS_LOW(0x58, 4, Access.READ_WRITE, 0, "descriptor address, low word"),
  ADMA_ADDRESS_HIGH(0x5C, 4, Access.READ_WRITE, 0, "descriptor address, high word"),
  PRESET_INITIAL(0x60, 2, Access.READ_ONLY, 0x00FA, "initialisation: 9:0 divider"),
  PRESET_DEFAULT(0x62, 2, Access.READ_ONLY, 0x0004, "default speed"),
  PRESET_HIGH_SPEED(0x64, 2, Access.READ_ONLY, 0x0002, "high speed"),
  PRESET_SDR12(0x66, 2, Access.READ_ONLY, 0x0004, "SDR12"),
  PRESET_SDR25(0x68, 2, Access.READ_ONLY, 0x0002, "SDR25"),
  PRESET_SDR50(0x6A, 2, Access.READ_ONLY, 0x0001, "SDR50"),
  PRESET_SDR104(0x6C, 2, Access.READ_ONLY, 0x0000, "SDR104 and HS200"),
  PRESET_DDR50(0x6E, 2, Access.READ_ONLY, 0x0002, "DDR50 and DDR52"),
  PRESET_HS400(0x74, 2, Access.READ_ONLY, 0x0000, "HS400"),
  ENHANCED_STROBE(0x78, 4, Access.READ_WRITE, 0, "bit 0: HS400 enhanced strobe (Intel functions)"),
  SLOT_INTERRUPT_STATUS(0xFC, 2, Access.READ_ONLY, 0, "one bit per slot that interrupts"),
  HOST_VERSION(0xFE, 2, Access.READ_ONLY, 0x0002, "7:0 specification version, 15:8 vendor");

  private final int offset;
  private final int widthBytes;
  private final Access access;
  private final int resetValue;
  private final String meaning;

  SdhciRegister(int offset, int widthBytes, Access access, int resetValue, String meaning) {
    this.offset = offset;
    this.widthBytes = widthBytes;
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
    return widthBytes;
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
