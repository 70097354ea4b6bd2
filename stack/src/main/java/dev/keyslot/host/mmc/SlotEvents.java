package dev.keyslot.host.mmc;

/**
 * What is asked of a slot, to be done by whoever polls next and can claim the host. Each is asked
 * by any thread; taken with the host claimed.
 */
final class SlotEvents {

  private volatile boolean recovery;
  private volatile boolean reset;
  private volatile boolean keysSuspect;
  private volatile boolean retune;
  private volatile boolean card;
  private volatile boolean cardWent;
  private volatile boolean wake;

  /** Whether anything waits to be done; suspicions about keys and tuning wait for a recovery. */
  boolean any() {
    return recovery || reset || card || wake;
  }

  /** The engine met an error. */
  void requestRecovery() {
    recovery = true;
  }

  /** The controller was reset behind our back. */
  void requestReset() {
    reset = true;
  }

  /** A task failed for its key: the next recovery programs all keys again. */
  void suspectKeys() {
    keysSuspect = true;
  }

  /** Data or a response failed its CRC: the next recovery tunes the bus again. */
  void suspectTuning() {
    retune = true;
  }

  /** A card came, or {@code went}, whatever is in the slot by now. */
  void cardMoved(boolean went) {
    if (went) {
      cardWent = true; // first: whoever takes the event asks for this next
    }
    card = true;
  }

  /** A request is held back because the host dozes. */
  void requestWake() {
    wake = true;
  }

  boolean takeRecovery() {
    boolean asked = recovery;
    recovery = false;
    return asked;
  }

  boolean takeReset() {
    boolean asked = reset;
    reset = false;
    return asked;
  }

  boolean takeSuspicion() {
    boolean asked = keysSuspect;
    keysSuspect = false;
    return asked;
  }

  boolean takeTuningSuspicion() {
    boolean asked = retune;
    retune = false;
    return asked;
  }

  boolean takeCardMove() {
    boolean asked = card;
    card = false;
    return asked;
  }

  boolean takeCardWent() {
    boolean asked = cardWent;
    cardWent = false;
    return asked;
  }

  boolean takeWake() {
    boolean asked = wake;
    wake = false;
    return asked;
  }
}
