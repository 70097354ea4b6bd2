package dev.keyslot.testkit;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/** A card that says another serial number in its CID, and else is the card inside. */
public final class RenamedCard implements CardPort {

  private static final int ALL_SEND_CID = 2;
  private static final int SEND_CID = 10;

  /** The model's own, with the serial number CAFEF00D; byte 15, the CRC, does not travel. */
  private static final byte[] CID = HexFormat.of().parseHex("aa014a454d4d43353110cafef00dbd00");

  private final CardPort card;

  public RenamedCard(CardPort card) {
    this.card = card;
  }

  @Override
  public boolean present() {
    return card.present();
  }

  @Override
  public void power(boolean on) {
    card.power(on);
  }

  @Override
  public void reset() {
    card.reset();
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    card.command(index, argument, into);
    if ((index == ALL_SEND_CID || index == SEND_CID) && into.line() == CardResponse.Line.OK) {
      into.answerLong(CID);
    }
  }

  @Override
  public DataOutcome finishBusy() {
    return card.finishBusy();
  }

  @Override
  public DataOutcome receive(MemorySegment into) {
    return card.receive(into);
  }

  @Override
  public DataOutcome send(MemorySegment from) {
    return card.send(from);
  }

  @Override
  public DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    return card.readTask(task, offsetBytes, into);
  }

  @Override
  public DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    return card.writeTask(task, offsetBytes, from);
  }

  @Override
  public DataOutcome finishTask(int task, CardResponse into) {
    return card.finishTask(task, into);
  }
}
