package dev.keyslot.model.card;

import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.MemorySegment;

/** A part of a partitioned area; cache, flush and power are those of the whole. */
final class AreaSlice implements CardStore {

  private final CardStore whole;
  private final long first;
  private final long count;

  AreaSlice(CardStore whole, long first, long count) {
    this.whole = whole;
    this.first = first;
    this.count = count;
  }

  @Override
  public long sectors() {
    return count;
  }

  @Override
  public MediaOutcome read(long sector, MemorySegment into) {
    return whole.read(first + sector, into);
  }

  @Override
  public MediaOutcome write(long sector, MemorySegment from, boolean reliable) {
    return whole.write(first + sector, from, reliable);
  }

  @Override
  public MediaOutcome settle() {
    return whole.settle();
  }

  @Override
  public MediaOutcome erase(long sector, long length) {
    return whole.erase(first + sector, length);
  }

  @Override
  public MediaOutcome discard(long sector, long length) {
    return whole.discard(first + sector, length);
  }

  @Override
  public MediaOutcome sanitize() {
    return whole.sanitize();
  }

  @Override
  public MediaOutcome flush() {
    return whole.flush();
  }

  @Override
  public void barrier() {
    whole.barrier();
  }

  @Override
  public long extentBytes(long sector) {
    long extent = whole.extentBytes(first + sector);
    long left = (count - sector) * MediumStore.SECTOR_BYTES;
    return extent < 0 ? Math.max(extent, -left) : Math.min(extent, left);
  }

  @Override
  public void cache(boolean enabled) {
    whole.cache(enabled);
  }

  @Override
  public void powerLoss() {
    whole.powerLoss();
  }
}
