package dev.keyslot.app.hosts;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.link.bus.Access;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.InterruptLine;
import dev.keyslot.link.bus.Mmio;
import dev.keyslot.link.bus.Register;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.ice.IceRegister;
import dev.keyslot.link.ice.NonQueueCryptoRegister;
import dev.keyslot.link.ice.QualcommRegister;
import dev.keyslot.link.sdhci.SdhciRegister;
import dev.keyslot.model.card.CardSocket;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.CryptoEngine;
import dev.keyslot.model.ice.IceBlock;
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
      String name, int offset, int widthBytes, String access, long reset, String meaning) {

    private Line withReset(long value) {
      return new Line(name, offset, widthBytes, access, value, meaning);
    }

    /** The same register, of which something else is true. */
    Line with(String otherAccess, String otherMeaning) {
      return new Line(name, offset, widthBytes, otherAccess, reset, otherMeaning);
    }
  }

  /** Every datasheet, with the queue's block where most parts have it. */
  public static RegisterMap ofAllDatasheets() {
    return new RegisterMap(
        List.of(
            block("sdhci", 0, SdhciRegister.values()),
            block("cqhci", CqhciLayout.DEFAULT_BASE, CqhciRegister.values()),
            block(
                "cqhci-command-crypto", CqhciLayout.DEFAULT_BASE, NonQueueCryptoRegister.values()),
            qualcomm(),
            block("ice", 0, IceRegister.values())));
  }

  /** What a driver finds in the register window of {@code kind}. */
  public static RegisterMap of(HostKind kind) {
    HostBoard board = HostBoard.served(HostChoice.of(kind), 1, 1 << 20);
    int queueBase = board.controller().identity().cqhciBase();
    List<Block> blocks = new ArrayList<>();
    blocks.add(block("sdhci", 0, SdhciRegister.values()));
    blocks.add(queue(kind, board));
    if (board.controller().identity().commandCrypto()) {
      blocks.add(block("cqhci-command-crypto", queueBase, NonQueueCryptoRegister.values()));
    }
    if (kind == HostKind.SDHCI_MSM) {
      blocks.add(qualcomm());
      blocks.add(engine(board));
    }
    return new RegisterMap(blocks);
  }

  /** The queue's block with the values that this host's silicon shows, and the way of its keys. */
  private static Block queue(HostKind kind, HostBoard board) {
    int base = board.controller().identity().cqhciBase();
    List<Line> lines = new ArrayList<>();
    try (CqhciController silicon = silicon(board)) {
      for (CqhciRegister register : CqhciRegister.values()) {
        Line line = shown(line(base, register), register, silicon);
        if (register == CqhciRegister.CRYPTOCFG) {
          kind.keyslotLine(line).ifPresent(lines::add);
        } else {
          lines.add(line);
        }
      }
    }
    return new Block("cqhci", base, lines);
  }

  private static Block engine(HostBoard board) {
    IceBlock silicon = new IceBlock(IceBlock.Part.served(), board.engine().slots());
    return new Block(
        "ice",
        0,
        Arrays.stream(IceRegister.values())
            .map(register -> shown(line(0, register), register, silicon))
            .toList());
  }

  /** What is fixed in silicon differs from part to part: it is asked, the datasheet is not. */
  private static Line shown(Line line, Register register, Mmio silicon) {
    return register.access() == Access.READ_ONLY
        ? line.withReset(Integer.toUnsignedLong(silicon.read32(line.offset())))
        : line;
  }

  private static CqhciController silicon(HostBoard board) {
    return new CqhciController(
        board.controller(),
        new DmaSpace(),
        new InterruptLine(),
        new CardSocket(),
        new CryptoEngine(board.engine(), XtsEngines.jdk()));
  }

  /** Both vendor registers stand in the window, one of them counted from the queue's block. */
  private static Block qualcomm() {
    int queueBase = HostIdentity.QUALCOMM.cqhciBase();
    return new Block(
        "qualcomm-vendor",
        0,
        List.of(
            line(0, QualcommRegister.VENDOR_FUNCTION_4),
            line(queueBase, QualcommRegister.QUEUE_VENDOR_CONFIG)));
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
