package dev.keyslot.model.card;

import dev.keyslot.base.Checks;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
 * @param traits choices that the standard leaves, taken otherwise than by default
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
    long seed,
    Set<CardTrait> traits) {

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
    RANDOM,
    /** One more at each look: the oldest of those with priority, then the oldest. */
    PRIORITY_FIRST
  }

  /** DUNs and block addresses are 32 bits; a volume of 4096-byte units ends below. */
  public static final long SECTORS_MAX = (1L << 32) - 8;

  /** Blocks of 512 bytes in a native sector of 4 KiB. */
  static final int LARGE_SECTOR_BLOCKS = 8;

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
    traits = traits.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(traits));
    Checks.argument(
        cache == CacheKind.ORDERED || !traits.contains(CardTrait.BARRIERS),
        "barriers need an ordered cache: cache=%s",
        cache);
    Checks.argument(
        sectors % LARGE_SECTOR_BLOCKS == 0 || !traits.contains(CardTrait.LARGE_SECTORS),
        "card with native sectors of 4 KiB must have a multiple of %d sectors: sectors=%d",
        LARGE_SECTOR_BLOCKS,
        sectors);
  }

  /** The card that serves volumes: its cache is the medium's, nothing is left to chance. */
  public static CardProfile served(long sectors) {
    return new CardProfile(
        sectors,
        0,
        512,
        32,
        0,
        true,
        CacheKind.MEDIUM,
        Readiness.AT_ONCE,
        PowerLoss.ALL,
        0,
        Set.of());
  }

  /** A card as the standard describes it, without anything of ours. */
  public static CardProfile faithful(long sectors, long seed) {
    return losing(sectors, PowerLoss.FIFO_PREFIX, seed);
  }

  /** A {@link #faithful} card that keeps of its cache what {@code loss} says. */
  public static CardProfile losing(long sectors, PowerLoss loss, long seed) {
    return new CardProfile(
        sectors, 0, 512, 32, 1, false, CacheKind.ORDERED, Readiness.RANDOM, loss, seed, Set.of());
  }

  /** The same card with other choices. */
  public CardProfile with(CardTrait... more) {
    EnumSet<CardTrait> all = EnumSet.noneOf(CardTrait.class);
    all.addAll(traits);
    all.addAll(List.of(more));
    return new CardProfile(
        sectors,
        erasedByte,
        cacheKibit,
        queueDepth,
        busyPolls,
        holeQuery,
        cache,
        readiness,
        loss,
        seed,
        all);
  }

  /** The same card, whose queued tasks become ready in another order. */
  public CardProfile ready(Readiness order) {
    return new CardProfile(
        sectors,
        erasedByte,
        cacheKibit,
        queueDepth,
        busyPolls,
        holeQuery,
        cache,
        order,
        loss,
        seed,
        traits);
  }

  boolean has(CardTrait trait) {
    return traits.contains(trait);
  }

  /** Whether cached data reaches the medium in the order of its arrival. */
  boolean keepsOrder() {
    return loss != PowerLoss.RANDOM_SUBSET && !has(CardTrait.EVICTION_BY_CHANCE);
  }

  /** Whether commands outside the queue carry byte addresses. */
  public boolean byteAddressed() {
    return sectors <= BYTE_ADDRESSED_SECTORS_MAX;
  }
}
