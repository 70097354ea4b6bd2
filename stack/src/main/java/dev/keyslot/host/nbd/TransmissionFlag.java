package dev.keyslot.host.nbd;

import dev.keyslot.base.BitField;
import dev.keyslot.host.nbd.ExportRequest.Kind;

/** What an export offers (NBD_FLAG_*): the 16-bit field that follows its size. */
enum TransmissionFlag {
  HAS_FLAGS(0),
  READ_ONLY(1),
  SEND_FLUSH(2),
  SEND_FUA(3),
  SEND_TRIM(5),
  SEND_WRITE_ZEROES(6),
  SEND_DF(7),
  CAN_MULTI_CONN(8),
  SEND_CACHE(10),
  SEND_FAST_ZERO(11),
  BLOCK_STAT_PAYLOAD(12);

  @SuppressWarnings("ImmutableEnumChecker") // a record of two numbers
  private final BitField field;

  TransmissionFlag(int bit) {
    field = BitField.bit(bit);
  }

  /** The field for {@code export} as it is served in {@code style}. */
  static int of(Export export, ReplyStyle style) {
    int flags = set(0, HAS_FLAGS, true);
    boolean writable = !export.readOnly();
    flags = set(flags, READ_ONLY, !writable);
    flags = set(flags, SEND_FLUSH, export.supports(Kind.FLUSH));
    flags = set(flags, SEND_FUA, export.supports(Kind.FLUSH));
    flags = set(flags, SEND_TRIM, writable && export.supports(Kind.TRIM));
    boolean zeroes = writable && export.supports(Kind.WRITE_ZEROES);
    flags = set(flags, SEND_WRITE_ZEROES, zeroes);
    flags = set(flags, SEND_FAST_ZERO, zeroes && export.fastZero());
    flags = set(flags, SEND_DF, style != ReplyStyle.SIMPLE);
    flags = set(flags, CAN_MULTI_CONN, true); // Export promises one state for all callers
    flags = set(flags, SEND_CACHE, export.supports(Kind.CACHE));
    boolean payload = style == ReplyStyle.EXTENDED && export.supports(Kind.BLOCK_STATUS);
    return set(flags, BLOCK_STAT_PAYLOAD, payload);
  }

  private static int set(int flags, TransmissionFlag flag, boolean on) {
    return on ? flag.field.set32(flags) : flags;
  }
}
