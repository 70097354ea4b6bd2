package dev.keyslot.model.card;

import dev.keyslot.link.emmc.ExtCsdFields;
import java.util.HexFormat;

/**
 * The block of CMD21, which a host compares with what it knows: on four lines as it stands here, on
 * eight lines each half byte twice.
 */
final class TuningBlock {

  private static final String FOUR_LINES =
      "ff0fff00ffccc3ccc33cccfffefffeefffdfffddfffbfffbbfff7fff77f7bdef"
          + "fff0fff00ffccc3ccc33cccfffefffeefffdfffddfffbfffbbfff7fff77f7bde";

  private TuningBlock() {}

  /** For BUS_WIDTH {@code width}. */
  static byte[] bytes(int width) {
    boolean four = width == ExtCsdFields.WIDTH_4 || width == ExtCsdFields.WIDTH_4_DDR;
    return HexFormat.of()
        .parseHex(four ? FOUR_LINES : FOUR_LINES.replaceAll("\\p{XDigit}", "$0$0"));
  }
}
