package dev.keyslot.model.card;

import dev.keyslot.base.Checks;

/**
 * Which card this is.
 *
 * @param sectors user area in 512-byte sectors
 * @param erasedByte what erased sectors read: 00 or FF
 * @param cacheKibit size of the volatile cache; 0 none
 * @param queueDepth tasks the command queue takes, 1 to 32; 0 no command queue
 * @param busyPolls answers to CMD1 that still say busy after power-up
 * @param holeQuery whether CMD60 tells about holes; ours
 * @param cache where written data waits for a flush
 * @param readiness the order in which queued tasks become ready
 * @param loss what a power loss leaves of an ordered cache
 * @param seed of everything that is left to chance
 */
public record CardProfile(
    long sectors,
    int erasedByte,
    int cacheKibit,
    int queueDepth,
    int busyPolls,
    boolean holeQuery,
    CacheKind cache,
    Readiness readiness,
    PowerLoss loss,
    long seed) {

  /** What the card's volatile cache is. */
  public enum CacheKind {
    /** The medium's own: a file's page cache; a flush is the medium's flush. */
    MEDIUM,
    /** An ordered list of sectors that a power loss thins out. */
    ORDERED
  }

  /** When a queued task becomes ready. */
  public enum Readiness {
    /** At the next look, all of them. */
    AT_ONCE,
    /** One more at each look, in order of arrival. */
    FIRST_FIRST,
    /** One more at each look, the latest first. */
    LAST_FIRST,
    /** One more at each look, by chance. */
    RANDOM
  }

  /** DUNs and block addresses are 32 bits; a volume of 4096-byte units ends below. */
  public static final long SECTORS_MAX = (1L << 32) - 8;

  /** Cards above are addressed in sectors, all others in bytes. */
  public static final long BYTE_ADDRESSED_SECTORS_MAX = (2L << 30) / 512;

  public CardProfile {
    Checks.argument(
        sectors >= 1 && sectors <= SECTORS_MAX,
        "card must have 1 to %d sectors: sectors=%d",
        SECTORS_MAX,
        sectors);
    Checks.argument(
        erasedByte == 0 || erasedByte == 0xFF,
        "erased sectors must read 00 or FF: erasedByte=%d",
        erasedByte);
    Checks.argument(
        queueDepth >= 0 && queueDepth <= 32,
        "queue depth must be in [0, 32]: queueDepth=%d",
        queueDepth);
  }

  /** The card that serves volumes: its cache is the medium's, nothing is left to chance. */
  public static CardProfile served(long sectors) {
    return new CardProfile(
        sectors, 0, 512, 32, 0, true, CacheKind.MEDIUM, Readiness.AT_ONCE, PowerLoss.ALL, 0);
  }

  /** A card as the standard describes it, without anything of ours. */
  public static CardProfile faithful(long sectors, long seed) {
    return losing(sectors, PowerLoss.FIFO_PREFIX, seed);
  }

  /** A {@link #faithful} card that keeps of its cache what {@code loss} says. */
  public static CardProfile losing(long sectors, PowerLoss loss, long seed) {
    return new CardProfile(
        sectors, 0, 512, 32, 1, false, CacheKind.ORDERED, Readiness.RANDOM, loss, seed);
  }

  /** Whether commands outside the queue carry byte addresses. */
  public boolean byteAddressed() {
    return sectors <= BYTE_ADDRESSED_SECTORS_MAX;
  }
}
