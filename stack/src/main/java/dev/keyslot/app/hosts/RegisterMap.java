package dev.keyslot.app.hosts;

import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.ice.IceRegister;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.link.sdhci.SdhciRegister;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The datasheets' register maps, for people and programs to read.
 *
 * @param blocks in the order of their addresses, other regions last
 */
public record RegisterMap(List<Block> blocks) {

  /**
   * A block of registers.
   *
   * @param base where it starts in the host's register window; a region of its own starts at 0
   */
  public record Block(String name, int base, List<Line> registers) {}

  /**
   * One register.
   *
   * @param offset from the start of the window or region, in bytes
   * @param access what reads and writes do, in words
   * @param reset value after a reset of everything, unsigned
   */
  public record Line(
      String name, int offset, int widthBytes, String access, long reset, String meaning) {}

  /** Every datasheet, with the queue's block where most parts have it. */
  public static RegisterMap ofAllDatasheets() {
    return new RegisterMap(
        List.of(
            block("sdhci", 0, SdhciRegister.values()),
            block("cqhci", CqhciLayout.DEFAULT_BASE, CqhciRegister.values()),
            block(
                "cqhci-command-crypto", CqhciLayout.DEFAULT_BASE, NonQueueCryptoRegister.values()),
            block("ice", 0, IceRegister.values())));
  }

  /** What a driver finds in the register window of {@code kind}. */
  public static RegisterMap of(HostKind kind) {
    int queueBase =
        HostBoard.served(HostChoice.of(kind), 1, 1 << 20).controller().identity().cqhciBase();
    List<Block> blocks = new ArrayList<>();
    blocks.add(block("sdhci", 0, SdhciRegister.values()));
    blocks.add(block("cqhci", queueBase, CqhciRegister.values()));
    if (kind == HostKind.SDHCI_ICE || kind == HostKind.SDHCI_MSM) {
      blocks.add(block("cqhci-command-crypto", queueBase, NonQueueCryptoRegister.values()));
    }
    if (kind == HostKind.SDHCI_MSM) {
      blocks.add(block("ice", 0, IceRegister.values()));
    }
    return new RegisterMap(blocks);
  }

  private static Block block(String name, int base, Register[] registers) {
    return new Block(
        name, base, Arrays.stream(registers).map(register -> line(base, register)).toList());
  }

  private static Line line(int base, Register register) {
    return new Line(
        register.name(),
        base + register.offset(),
        register.widthBytes(),
        register.access().name().toLowerCase(Locale.ROOT).replace('_', ' '),
        Integer.toUnsignedLong(register.resetValue()),
        register.meaning());
  }
}
