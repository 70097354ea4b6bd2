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
    boolean offeredBy(Export export) {
      return true;
    }

    @Override
    int status(Export export, boolean hole) {
      return hole ? ZERO.set32(HOLE.set32(0)) : 0;
    }
  },

  /**
   * Our own: bit 0 hole, bit 1 ciphertext; of the latter bits 8 to 15 the key's generation, bits 16
   * to 31 its group.
   */
  X_KEYSLOT_CRYPTO("x-keyslot:crypto", 2) {
    @Override
    boolean offeredBy(Export export) {
      return export.encrypted();
    }

    @Override
    int status(Export export, boolean hole) {
      if (hole) {
        return HOLE.set32(0);
      }
      int status = CIPHERTEXT.set32(0);
      status = GENERATION.insert32(status, Math.min(export.keyGeneration(), GENERATION_MAX));
      return GROUP.insert32(status, Math.min(export.keyGroup(), GROUP_MAX));
    }
  };

  private static final BitField HOLE = BitField.bit(0);
  private static final BitField ZERO = BitField.bit(1);
  private static final BitField CIPHERTEXT = BitField.bit(1);
  private static final BitField GENERATION = BitField.of(8, 8);
  private static final int GENERATION_MAX = 0xff;
  private static final BitField GROUP = BitField.of(16, 16);
  private static final int GROUP_MAX = 0xffff;

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

  /** Whether {@code export}, which can tell its extents, has something to say here. */
  abstract boolean offeredBy(Export export);

  /** The status bits of an extent of {@code export}. */
  abstract int status(Export export, boolean hole);
}
