package dev.keyslot.app.trace;

import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.sdhci.SdhciRegister;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Which registers of a window may be shown: those of the datasheets, except for keys and data.
 *
 * <p>What is not listed is not told, so that a register nobody thought of keeps its secret.
 * Immutable.
 */
final class RegisterWindow {

  /** A datasheet's registers at an offset of the window. */
  record Block(String name, int base, List<Register> registers) {}

  private final List<Block> blocks;

  /** Bytes of the window whose values are told. */
  private final BitSet told = new BitSet();

  private RegisterWindow(List<Block> blocks) {
    this.blocks = List.copyOf(blocks);
    for (Block block : blocks) {
      for (Register register : block.registers()) {
        int at = block.base() + register.offset();
        told.set(at, at + register.widthBytes());
      }
    }
  }

  /** SDHCI at 0 and CQHCI at {@code queueBase}. */
  static RegisterWindow standard(int queueBase) {
    // The data port carries plaintext, and reading it takes a word away; keyslots hold keys.
    List<Register> sdhci =
        Arrays.stream(SdhciRegister.values())
            .filter(register -> register != SdhciRegister.BUFFER_DATA)
            .<Register>map(register -> register)
            .toList();
    List<Register> cqhci =
        Arrays.stream(CqhciRegister.values())
            .filter(register -> register != CqhciRegister.CRYPTOCFG)
            .<Register>map(register -> register)
            .toList();
    return new RegisterWindow(
        List.of(new Block("sdhci", 0, sdhci), new Block("cqhci", queueBase, cqhci)));
  }

  /** What is looked at, in order. */
  List<Block> blocks() {
    return blocks;
  }

  /** Whether an access may show its value: every byte of it is one that is told. */
  boolean tells(long offset, int bytes) {
    return offset >= 0
        && offset <= Short.MAX_VALUE
        && told.nextClearBit((int) offset) >= offset + bytes;
  }
}
