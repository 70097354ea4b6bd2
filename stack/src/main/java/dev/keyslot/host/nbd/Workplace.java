package dev.keyslot.host.nbd;

import java.util.concurrent.Semaphore;

/**
 * The buffers of a connection; kept and used again by later ones.
 *
 * <p>The second turn is made when a second reader first needs it.
 */
final class Workplace {

  private final Chunks chunks;
  private final Semaphore share;
  private final Inbox inbox = new Inbox();
  private final Turn firstTurn;
  private Turn secondTurn;

  Workplace(Chunks chunks) {
    this.chunks = chunks;
    share = chunks.share();
    firstTurn = new Turn(chunks, share);
  }

  Inbox inbox() {
    return inbox;
  }

  Turn firstTurn() {
    return firstTurn;
  }

  Turn secondTurn() {
    if (secondTurn == null) {
      secondTurn = new Turn(chunks, share);
    }
    return secondTurn;
  }
}
