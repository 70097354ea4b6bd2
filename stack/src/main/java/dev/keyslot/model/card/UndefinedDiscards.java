package dev.keyslot.model.card;

import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * An area that takes the liberty the standard gives: what reads after a discard is anybody's guess,
 * until it is written, erased or sanitized.
 *
 * <p>Serialised by its own monitor; for faithful profiles, not for speed.
 */
final class UndefinedDiscards implements CardStore {

  private static final int SECTOR_BYTES = MediumStore.SECTOR_BYTES;

  private final CardStore area;
  private final boolean byChance;
  private final SplittableRandom chance;

  /** One sector of noise on its way to the medium, which may want it outside the heap. */
  private final MemorySegment buffer = Arena.ofAuto().allocate(SECTOR_BYTES);

  /** Discarded ranges that still hold something: first sector to end, none overlap. */
  private final TreeMap<Long, Long> unmapped = new TreeMap<>();

  UndefinedDiscards(CardStore area, boolean byChance, long seed) {
    this.area = area;
    this.byChance = byChance;
    chance = new SplittableRandom(seed);
  }

  @Override
  public long sectors() {
    return area.sectors();
  }

  @Override
  public MediaOutcome read(long sector, MemorySegment into) {
    return area.read(sector, into);
  }

  @Override
  public synchronized MediaOutcome write(long sector, MemorySegment from, boolean reliable) {
    map(sector, sector + from.byteSize() / SECTOR_BYTES);
    return area.write(sector, from, reliable);
  }

  @Override
  public MediaOutcome settle() {
    return area.settle();
  }

  @Override
  public synchronized MediaOutcome erase(long sector, long count) {
    map(sector, sector + count);
    return area.erase(sector, count);
  }

  @Override
  public synchronized MediaOutcome discard(long sector, long count) {
    map(sector, sector + count);
    unmapped.put(sector, sector + count);
    MediaOutcome outcome = MediaOutcome.DONE;
    for (long at = sector; byChance && at < sector + count && outcome.ok(); at++) {
      outcome =
          switch (chance.nextInt(3)) {
            case 0 -> MediaOutcome.DONE;
            case 1 -> area.erase(at, 1);
            default -> area.write(at, noise(), false);
          };
    }
    return outcome;
  }

  private MemorySegment noise() {
    byte[] bytes = new byte[SECTOR_BYTES];
    chance.nextBytes(bytes);
    return buffer.copyFrom(MemorySegment.ofArray(bytes));
  }

  /** Takes a range out of what is unmapped. */
  private void map(long first, long end) {
    Map.Entry<Long, Long> range = unmapped.lowerEntry(end);
    while (range != null && range.getValue() > first) {
      unmapped.remove(range.getKey());
      if (range.getValue() > end) {
        unmapped.put(end, range.getValue());
      }
      if (range.getKey() < first) {
        unmapped.put(range.getKey(), first);
      }
      range = unmapped.lowerEntry(first);
    }
  }

  @Override
  public synchronized MediaOutcome sanitize() {
    MediaOutcome outcome = area.flush();
    while (outcome.ok() && !unmapped.isEmpty()) {
      Map.Entry<Long, Long> range = unmapped.firstEntry();
      outcome = area.erase(range.getKey(), range.getValue() - range.getKey());
      if (outcome.ok()) {
        unmapped.remove(range.getKey());
      }
    }
    return outcome.ok() ? area.flush() : outcome;
  }

  @Override
  public MediaOutcome flush() {
    return area.flush();
  }

  @Override
  public void barrier() {
    area.barrier();
  }

  @Override
  public long extentBytes(long sector) {
    return area.extentBytes(sector);
  }

  @Override
  public void cache(boolean enabled) {
    area.cache(enabled);
  }

  @Override
  public void powerLoss() {
    area.powerLoss();
  }
}
