package dev.keyslot.host.sdhci;

import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.sdhci.SdhciRegister;

/** The SDHCI block of a register window, by name; values are unsigned. */
final class SdhciRegisters {

  private final Mmio mmio;

  SdhciRegisters(Mmio mmio) {
    this.mmio = mmio;
  }

  int read(SdhciRegister register) {
    return switch (register.widthBytes()) {
      case Byte.BYTES -> Byte.toUnsignedInt(mmio.read8(register.offset()));
      case Short.BYTES -> Short.toUnsignedInt(mmio.read16(register.offset()));
      default -> mmio.read32(register.offset());
    };
  }

  void write(SdhciRegister register, int value) {
    switch (register.widthBytes()) {
      case Byte.BYTES -> mmio.write8(register.offset(), (byte) value);
      case Short.BYTES -> mmio.write16(register.offset(), (short) value);
      default -> mmio.write32(register.offset(), value);
    }
  }

  /** Normal and error half at once: {@code register} is the normal one. */
  int readPair(SdhciRegister register) {
    return mmio.read32(register.offset());
  }

  void writePair(SdhciRegister register, int value) {
    mmio.write32(register.offset(), value);
  }
}
