package dev.keyslot.host.nbd;

import dev.keyslot.base.BitField;

/**
 * Meta contexts a client can select, with the number each gets in SET_META_CONTEXT.
 *
 * <p>A context translates an extent of the export into the 32 status bits it defines.
 */
enum MetaContext {
  /** NBD proto.md, base:allocation: bit 0 hole, bit 1 reads as zeros. */
  BASE_ALLOCATION("base:allocation", 1) {
    @Override
    int status(boolean hole) {
      return hole ? ZERO.set32(HOLE.set32(0)) : 0;
    }
  };

  private static final BitField HOLE = BitField.bit(0);
  private static final BitField ZERO = BitField.bit(1);

  private final String wireName;
  private final int id;

  MetaContext(String wireName, int id) {
    this.wireName = wireName;
    this.id = id;
  }

  String wireName() {
    return wireName;
  }

  /** Up to and including the colon. */
  String namespace() {
    return wireName.substring(0, wireName.indexOf(':') + 1);
  }

  int id() {
    return id;
  }

  /** The status bits of an extent. */
  abstract int status(boolean hole);
}
