package dev.keyslot.host.nbd;

import dev.keyslot.base.BitField;

/** Flags of a request (NBD_CMD_FLAG_*): the 16-bit field after the magic number. */
enum CommandFlag {
  FUA(0),
  NO_HOLE(1),
  DF(2),
  REQ_ONE(3),
  FAST_ZERO(4),
  PAYLOAD_LEN(5);

  @SuppressWarnings("ImmutableEnumChecker") // a record of two numbers
  private final BitField field;

  CommandFlag(int bit) {
    field = BitField.bit(bit);
  }

  boolean in(int flags) {
    return field.isSet(flags);
  }

  int mask() {
    return field.mask32();
  }
}
