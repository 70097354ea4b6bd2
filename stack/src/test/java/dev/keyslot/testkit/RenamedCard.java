package dev.keyslot.testkit;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import java.util.HexFormat;

/** A card that says another serial number in its CID, and else is the card inside. */
public final class RenamedCard extends ForwardingCard {

  private static final int ALL_SEND_CID = 2;
  private static final int SEND_CID = 10;

  /** The model's own, with the serial number CAFEF00D; byte 15, the CRC, does not travel. */
  private static final byte[] CID = HexFormat.of().parseHex("aa014a454d4d43353110cafef00dbd00");

  public RenamedCard(CardPort card) {
    super(card);
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    super.command(index, argument, into);
    if ((index == ALL_SEND_CID || index == SEND_CID) && into.line() == CardResponse.Line.OK) {
      into.answerLong(CID);
    }
  }
}
