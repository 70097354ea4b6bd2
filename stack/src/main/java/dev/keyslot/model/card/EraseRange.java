package dev.keyslot.model.card;

/** What CMD35 and CMD36 have named so far. Guarded by the card's lock. */
final class EraseRange {

  /** CSD: (31 + 1) * (31 + 1) blocks; HC_ERASE_GRP_SIZE 1 is the same 512 KiB. */
  static final long GROUP_SECTORS = 1024;

  private static final long UNSET = -1;

  private long first = UNSET;
  private long last = UNSET;

  void clear() {
    first = UNSET;
    last = UNSET;
  }

  boolean begun() {
    return first != UNSET;
  }

  boolean complete() {
    return first != UNSET && last != UNSET;
  }

  void first(long sector) {
    first = sector;
    last = UNSET;
  }

  void last(long sector) {
    last = sector;
  }

  long firstSector() {
    return first;
  }

  long lastSector() {
    return last;
  }

  /** Makes the range whole erase groups, rounding both addresses down to theirs. */
  void widenToGroups(long cardSectors) {
    first = first / GROUP_SECTORS * GROUP_SECTORS;
    last = Math.min(cardSectors, (last / GROUP_SECTORS + 1) * GROUP_SECTORS) - 1;
  }
}
