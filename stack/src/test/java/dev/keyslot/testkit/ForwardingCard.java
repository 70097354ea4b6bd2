package dev.keyslot.testkit;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import java.lang.foreign.MemorySegment;

/** A card that passes everything on to another one; what a test spoils or notes it overrides. */
public class ForwardingCard implements CardPort {

  protected final CardPort card;

  public ForwardingCard(CardPort card) {
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
