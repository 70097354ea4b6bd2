package dev.keyslot.testkit.host;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A card that answers bring-up with fixed registers and remembers what it was asked.
 *
 * <p>CID and CSD are the published examples: "EMMC51", serial DEADBEEF.
 */
public final class ScriptedCard {

  private static final String CID = "aa014a454d4d43353110deadbeefbd3f";
  private static final String CSD = "d02701328f5903ffffffffe78a400017";

  /** State transfer (4), ready for data. */
  public static final int TRANSFER_STATE = 0x0000_0900;

  private final List<String> commands = new ArrayList<>();
  private final byte[] extCsd = new byte[512];
  private String cid = CID;
  private int ocr = 0xC0FF_8080;
  private int status = TRANSFER_STATE;
  private int busyReplies;
  private boolean present = true;
  private int silentCommand = -1;

  /** A card of {@code sectors}, sector-addressed above 2 GiB. */
  public ScriptedCard(long sectors) {
    boolean large = sectors > (2L << 30) / 512;
    ocr = large ? 0xC0FF_8080 : 0x80FF_8080;
    for (int i = 0; i < 4; i++) {
      extCsd[212 + i] = (byte) (sectors >>> (8 * i));
    }
    extCsd[192] = 8;
    extCsd[194] = 2;
    extCsd[196] = 0x57;
    extCsd[217] = 0x11;
    extCsd[221] = 1;
    extCsd[222] = 1;
    extCsd[223] = 1;
    extCsd[224] = 1;
    extCsd[231] = 0x55;
    extCsd[232] = 1;
    extCsd[166] = 0x14;
    extCsd[248] = 0x0A;
    extCsd[250] = 2;
    extCsd[307] = 0x1F;
    extCsd[308] = 1;
    extCsd[503] = 1;
    extCsd[64] = 1;
  }

  public ScriptedCard extCsd(int offset, int value) {
    extCsd[offset] = (byte) value;
    return this;
  }

  public ScriptedCard cid(String hex) {
    cid = hex;
    return this;
  }

  /** CMD1 answers "busy" so many times. */
  public ScriptedCard busyReplies(int count) {
    busyReplies = count;
    return this;
  }

  public ScriptedCard ocr(int value) {
    ocr = value;
    return this;
  }

  /** The status that CMD13 and the other R1 commands show from now on. */
  public ScriptedCard status(int r1) {
    status = r1;
    return this;
  }

  public ScriptedCard present(boolean on) {
    present = on;
    return this;
  }

  /** This command gets no answer. */
  public ScriptedCard silentAt(int index) {
    silentCommand = index;
    return this;
  }

  /** Commands so far, such as {@code CMD1 40ff8080}. */
  public List<String> commands() {
    return List.copyOf(commands);
  }

  public void forgetCommands() {
    commands.clear();
  }

  boolean answer(int index, int argument, int[] response, byte[] data) {
    commands.add(String.format("CMD%d %08x", index, argument));
    if (!present || index == silentCommand) {
      return false;
    }
    switch (index) {
      case 0 -> {
        return false;
      }
      case 1 -> response[0] = powerUp(argument);
      case 2 -> words(cid, response);
      case 9 -> words(CSD, response);
      case 8 -> {
        System.arraycopy(extCsd, 0, data, 0, 512);
        response[0] = status;
      }
      default -> response[0] = status;
    }
    return true;
  }

  private int powerUp(int argument) {
    boolean busy = argument == 0 || busyReplies > 0;
    if (argument != 0 && busyReplies > 0) {
      busyReplies--;
    }
    return busy ? ocr & 0x7FFF_FFFF : ocr;
  }

  private static void words(String hex, int[] response) {
    for (int i = 0; i < 4; i++) {
      response[i] = HexFormat.fromHexDigits(hex, i * 8, i * 8 + 8);
    }
  }
}
