package dev.keyslot.model.card;

import dev.keyslot.link.bus.CardPort;
import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.bus.DataOutcome;
import java.lang.foreign.MemorySegment;

/**
 * The slot a card sits in, or does not: without a card every command goes unanswered.
 *
 * <p>Taking a card out loses what its volatile cache holds, as pulling it would. Safe from any
 * thread; a data phase under way ends with the card it began with.
 */
public final class CardSocket implements CardPort {

  private volatile CardPort card;
  private boolean powered;

  /** Written under the monitor. */
  private volatile int contactMoves;

  /** Puts a card in; it gets the power the slot has. */
  public synchronized void insert(CardPort newCard) {
    remove();
    newCard.power(powered);
    card = newCard;
    contactMoves = contactMoves + 1;
  }

  /** Takes the card out, if there is one. */
  public synchronized void remove() {
    CardPort old = card;
    card = null;
    if (old != null) {
      contactMoves = contactMoves + 1;
      old.power(false);
    }
  }

  @Override
  public boolean present() {
    return card != null;
  }

  @Override
  public int contactMoves() {
    return contactMoves;
  }

  @Override
  public synchronized void power(boolean on) {
    powered = on;
    if (card != null) {
      card.power(on);
    }
  }

  @Override
  public void reset() {
    CardPort now = card;
    if (now != null) {
      now.reset();
    }
  }

  @Override
  public void command(int index, int argument, CardResponse into) {
    CardPort now = card;
    if (now == null) {
      into.silent();
    } else {
      now.command(index, argument, into);
    }
  }

  @Override
  public DataOutcome finishBusy() {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.finishBusy();
  }

  @Override
  public DataOutcome receive(MemorySegment into) {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.receive(into);
  }

  @Override
  public DataOutcome send(MemorySegment from) {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.send(from);
  }

  @Override
  public DataOutcome readTask(int task, long offsetBytes, MemorySegment into) {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.readTask(task, offsetBytes, into);
  }

  @Override
  public DataOutcome writeTask(int task, long offsetBytes, MemorySegment from) {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.writeTask(task, offsetBytes, from);
  }

  @Override
  public DataOutcome finishTask(int task, CardResponse into) {
    CardPort now = card;
    return now == null ? DataOutcome.TIMEOUT : now.finishTask(task, into);
  }
}
