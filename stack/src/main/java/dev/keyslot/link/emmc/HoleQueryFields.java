package dev.keyslot.link.emmc;

import dev.keyslot.base.BitField;

/**
 * Response of {@link EmmcCommand#VENDOR_HOLE_QUERY}.
 *
 * <p>The run starts at the queried sector. A block is part of a hole only if all of it is; a block
 * cut off by the end of the card counts whole. A run may end early: ask again behind it. Length 0
 * means that the sector is misaligned or beyond the end.
 */
public final class HoleQueryFields {

  /** The argument is a multiple of this many sectors; the length counts blocks of this size. */
  public static final int BLOCK_SECTORS = 8;

  public static final BitField LENGTH_BLOCKS = BitField.of(0, 31);

  /** 1: a hole, reads as the erased value 00; 0: data. */
  public static final BitField HOLE = BitField.bit(31);

  private HoleQueryFields() {}
}
