package dev.keyslot.link.cqhci;

import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.Register;

/**
 * CQHCI registers; offsets are bytes from the start of the command-queue register block.
 *
 * <p>All are 32 bits wide. CRYPTOCAP and CRYPTOCFG are arrays: their first element stands here, the
 * strides in {@link CqhciLayout}. Reset values of VER, CAP, CCAP and CRYPTOCAP are those of our
 * default part.
 */
public enum CqhciRegister implements Register {
  VER(0x00, Access.READ_ONLY, 0x510, "version: 11:8 major, 7:4 and 3:0 minor digits"),
  CAP(0x04, Access.READ_ONLY, 0x1000_30C0, "capabilities: 28 crypto, 15:12 and 9:0 timer clock"),
  CFG(0x08, Access.READ_WRITE, 0, "configuration: 0 enable, 1 crypto, 8 task size, 12 DCMD"),
  CTL(0x0C, Access.READ_WRITE, 0, "control: 0 halt, 8 clear all tasks"),
  IS(0x10, Access.WRITE_ONE_TO_CLEAR, 0, "interrupt status: HAC TCC RED TCL GCE ICCE"),
  ISTE(0x14, Access.READ_WRITE, 0, "interrupt status enable: disabled bits do not latch"),
  ISGE(0x18, Access.READ_WRITE, 0, "interrupt signal enable"),
  IC(0x1C, Access.READ_WRITE, 0, "interrupt coalescing"),
  TDLBA(0x20, Access.READ_WRITE, 0, "task descriptor list base, low word; 1 KiB aligned"),
  TDLBAU(0x24, Access.READ_WRITE, 0, "task descriptor list base, high word"),
  TDBR(0x28, Access.WRITE_ONE_TO_SET, 0, "doorbell: bit i starts the task in slot i"),
  TCN(0x2C, Access.WRITE_ONE_TO_CLEAR, 0, "task completion notification"),
  DQS(0x30, Access.READ_ONLY, 0, "device queue status: the latest QSR"),
  DPT(0x34, Access.READ_ONLY, 0, "tasks queued in the device and not finished"),
  TCLR(0x38, Access.WRITE_ONE_TO_SET, 0, "task clear: one task, only while halted"),
  TDPE(0x3C, Access.WRITE_ONE_TO_CLEAR, 0, "task descriptor processing error"),
  SSC1(0x40, Access.READ_WRITE, 0x11000, "send status: 19:16 block counter, 15:0 idle timer"),
  SSC2(0x44, Access.READ_WRITE, 0, "send status: 15:0 relative card address"),
  CRDCT(0x48, Access.READ_ONLY, 0, "response of the last direct command"),
  RMEM(0x50, Access.READ_WRITE, 0xFDF9_A080, "response mode error mask"),
  TERRI(0x54, Access.READ_ONLY, 0, "task error information"),
  CRI(0x58, Access.READ_ONLY, 0, "index of the last command answered"),
  CRA(0x5C, Access.READ_ONLY, 0, "argument of the last response"),
  CCAP(0x100, Access.READ_ONLY, 0x1000_1F01, "crypto capabilities: entries, slots - 1, array"),
  CRYPTOCAP(0x104, Access.READ_ONLY, 0x8003_FF00, "crypto capability entries, 4 bytes each"),
  CRYPTOCFG(0x1000, Access.WRITE_ONLY, 0, "keyslots, 128 bytes each, at CCAP.CFGPTR * 100h");

  private final int offset;
  private final Access access;
  private final int resetValue;
  private final String meaning;

  CqhciRegister(int offset, Access access, int resetValue, String meaning) {
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
