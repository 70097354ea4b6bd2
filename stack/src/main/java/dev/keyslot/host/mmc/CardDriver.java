package dev.keyslot.host.mmc;

import dev.keyslot.host.block.BlockDriver;

/** What a slot needs from the block driver of its card, with a command queue or without. */
interface CardDriver extends BlockDriver {

  MmcCard card();

  /** Whether the card is gone: every request ends with OFFLINE. */
  boolean gone();

  /** The card is gone: whatever is not with the hardware ends now, the rest as it comes back. */
  void cardGone();

  /** Whether nothing is with the card or waits for it here. Called with the host claimed. */
  boolean idle();

  /** What the card has acknowledged and may lose. */
  CacheLoss cacheLoss();

  /** The same card is in service again. */
  void cardBack(MmcCard again);

  /** Requests wait from now on, until {@link #unpause} or {@link #cardBack}. */
  void pause();

  void unpause();
}
