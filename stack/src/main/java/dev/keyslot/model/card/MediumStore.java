package dev.keyslot.model.card;

import dev.keyslot.model.media.Media;
import dev.keyslot.model.media.MediaOutcome;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** An area whose cache is the medium's own. */
final class MediumStore implements CardStore {

  static final int SECTOR_BYTES = 512;

  /** Erasing to FF writes pieces of this size. */
  private static final int FILL_BYTES = 64 * 1024;

  private final Media media;
  private final boolean erasedZero;
  private final MemorySegment fill;

  MediumStore(Media media, int erasedByte) {
    this.media = media;
    erasedZero = erasedByte == 0;
    fill = Arena.ofAuto().allocate(erasedZero ? SECTOR_BYTES : FILL_BYTES);
    fill.fill((byte) erasedByte);
  }

  @Override
  public long sectors() {
    return media.sizeBytes() / SECTOR_BYTES;
  }

  @Override
  public MediaOutcome read(long sector, MemorySegment into) {
    return media.read(sector * SECTOR_BYTES, into);
  }

  @Override
  public MediaOutcome write(long sector, MemorySegment from, boolean reliable) {
    return media.write(sector * SECTOR_BYTES, from);
  }

  @Override
  public MediaOutcome settle() {
    return media.flush();
  }

  @Override
  public MediaOutcome erase(long sector, long count) {
    long length = count * SECTOR_BYTES;
    if (erasedZero) {
      return media.punch(sector * SECTOR_BYTES, length);
    }
    for (long at = 0; at < length; at += FILL_BYTES) {
      MemorySegment part = fill.asSlice(0, Math.min(FILL_BYTES, length - at));
      MediaOutcome outcome = media.write(sector * SECTOR_BYTES + at, part);
      if (!outcome.ok()) {
        return outcome;
      }
    }
    return MediaOutcome.DONE;
  }

  @Override
  public MediaOutcome flush() {
    return media.flush();
  }

  @Override
  public long extentBytes(long sector) {
    return media.extent(sector * SECTOR_BYTES);
  }

  @Override
  public void cache(boolean enabled) {}

  @Override
  public void powerLoss() {} // the medium's cache survives the card, as a page cache does
}
