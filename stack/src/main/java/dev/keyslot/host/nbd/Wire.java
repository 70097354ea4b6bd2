package dev.keyslot.host.nbd;

import dev.keyslot.base.BitField;

/** Magic numbers and fixed bits of the protocol; all numbers are big-endian on the wire. */
final class Wire {

  /** {@code NBDMAGIC}. */
  static final long SERVER_MAGIC = 0x4e42444d41474943L;

  /** {@code IHAVEOPT}, by the server once and by the client before each option. */
  static final long OPTION_MAGIC = 0x49484156454f5054L;

  static final long OPTION_REPLY_MAGIC = 0x0003e889045565a9L;
  static final int REQUEST_MAGIC = 0x25609513;
  static final int EXTENDED_REQUEST_MAGIC = 0x21e41c71;
  static final int SIMPLE_REPLY_MAGIC = 0x67446698;
  static final int STRUCTURED_REPLY_MAGIC = 0x668e33ef;
  static final int EXTENDED_REPLY_MAGIC = 0x6e8a278c;

  /** Handshake flags of both sides. */
  static final BitField FIXED_NEWSTYLE = BitField.bit(0);

  static final BitField NO_ZEROES = BitField.bit(1);

  /** Structured reply flag: the last chunk of a reply. */
  static final BitField DONE = BitField.bit(0);

  /** What EXPORT_NAME sends at its end unless NO_ZEROES was agreed. */
  static final int EXPORT_NAME_ZEROES = 124;

  private Wire() {}
}
