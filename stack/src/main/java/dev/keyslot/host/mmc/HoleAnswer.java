package dev.keyslot.host.mmc;

import dev.keyslot.link.emmc.HoleQueryFields;

/** What a response to the hole query says about one sector. */
final class HoleAnswer {

  private HoleAnswer() {}

  /**
   * Sectors from {@code sector} on: positive data, negative a hole.
   *
   * @param answer to a query at the block that holds {@code sector}
   * @param toEnd sectors to the end of the device: also the answer when the card cannot tell
   */
  static long sectors(int answer, long sector, long toEnd) {
    long length = HoleQueryFields.LENGTH_BLOCKS.extract(Integer.toUnsignedLong(answer));
    if (length == 0) {
      return toEnd;
    }
    long block = sector / HoleQueryFields.BLOCK_SECTORS;
    long end = (block + length) * HoleQueryFields.BLOCK_SECTORS;
    long sectors = Math.min(end - sector, toEnd);
    return HoleQueryFields.HOLE.isSet(Integer.toUnsignedLong(answer)) ? -sectors : sectors;
  }
}
