package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;

/**
 * The card status: error bits wait here until the next R1 takes them along. Guarded by the card's
 * lock.
 */
final class CardStatus {

  private int pending;

  /** An error to be told with the next R1. */
  void raise(BitField bit) {
    pending = bit.set32(pending);
  }

  /** The R1 word for a command received in {@code state}; clears what it tells. */
  int take(CardState state, boolean ready, boolean event) {
    int word = pending;
    pending = 0;
    word = CardStatusFields.CURRENT_STATE.insert32(word, Math.max(0, state.code()));
    word = CardStatusFields.READY_FOR_DATA.insert32(word, ready ? 1 : 0);
    return event ? CardStatusFields.EXCEPTION_EVENT.set32(word) : word;
  }

  void clear() {
    pending = 0;
  }
}
