package dev.keyslot.host.mmc;

import dev.keyslot.host.block.RequestQueue;
import java.util.ArrayList;
import java.util.List;

/**
 * The cards that a slot has served, each with its driver and queue: one that comes back finds its
 * own, and no other ever gets it. Used with the host claimed.
 */
final class CardSeats {

  /** Cards remembered; of more, the oldest stay, which are those that are exported. */
  static final int SEATS_MAX = 8;

  /** A card's driver and the queue in front of it. */
  record Seat(CardDriver driver, RequestQueue queue) {}

  private final List<Seat> seats = new ArrayList<>();

  /** The seat of {@code card}; null for one that was never here, or that is not what it was. */
  Seat of(MmcCard card) {
    for (Seat seat : seats) {
      MmcCard known = seat.driver().card();
      boolean unchanged =
          known.queueOn() == card.queueOn() && known.capacitySectors() == card.capacitySectors();
      if (known.sameAs(card) && unchanged) {
        return seat;
      }
    }
    return null;
  }

  Seat add(CardDriver driver, RequestQueue queue) {
    if (seats.size() == SEATS_MAX) {
      seats.removeLast();
    }
    Seat seat = new Seat(driver, queue);
    seats.add(seat);
    return seat;
  }
}
