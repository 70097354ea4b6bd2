package dev.keyslot.model.card;

import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;

/**
 * The sectors of one area of the card, with the cache in front of its medium.
 *
 * <p>Safe from any thread; accesses that overlap are ordered by the controller.
 */
interface CardStore {

  long sectors();

  MediaOutcome read(long sector, MemorySegment into);

  /**
   * Stores whole sectors.
   *
   * @param reliable past the cache; durable after the next {@link #settle}
   */
  MediaOutcome write(long sector, MemorySegment from, boolean reliable);

  /** Reliable writes before are durable when this answers DONE. */
  MediaOutcome settle();

  /** Makes sectors read as the erased value. */
  MediaOutcome erase(long sector, long count);

  /** Makes what sectors hold nobody's concern; here they read as erased ones do. */
  default MediaOutcome discard(long sector, long count) {
    return erase(sector, count);
  }

  /** Purges what discarded sectors may still hold. */
  default MediaOutcome sanitize() {
    return MediaOutcome.DONE;
  }

  /** What was written before reaches the medium before what is written later. */
  default void barrier() {}

  /** Everything written before is durable when this answers DONE. */
  MediaOutcome flush();

  /** As {@link dev.keyslot.model.media.Media#extent}, in bytes from a sector on. */
  long extentBytes(long sector);

  /**
   * CACHE_CTRL changed; what is cached when it goes off moves to the medium, and what that refuses
   * stays until the next {@link #flush}.
   */
  void cache(boolean enabled);

  /** The supply went away without notice. */
  void powerLoss();
}
