package dev.keyslot.host.nbd;

/**
 * The numbers of the request that is being looked at; one per connection, reused.
 *
 * <p>Guarded by the read role.
 */
final class RequestHeader {

  private int magic;
  private int flags;
  private int type;
  private long cookie;
  private long offsetBytes;
  private long lengthBytes;

  /**
   * Looks at the header at the front of {@code inbox}, which holds all of it, and leaves it there.
   */
  void decode(Inbox inbox, ReplyStyle style) {
    magic = inbox.getInt(0);
    flags = inbox.getShort(4);
    type = inbox.getShort(6);
    cookie = inbox.getLong(8);
    offsetBytes = inbox.getLong(16);
    lengthBytes =
        switch (style) {
          case SIMPLE, STRUCTURED -> Integer.toUnsignedLong(inbox.getInt(24));
          case EXTENDED -> inbox.getLong(24);
        };
  }

  int magic() {
    return magic;
  }

  int flags() {
    return flags;
  }

  boolean has(CommandFlag flag) {
    return flag.in(flags);
  }

  int type() {
    return type;
  }

  long cookie() {
    return cookie;
  }

  /** Unsigned: negative is far behind every end. */
  long offsetBytes() {
    return offsetBytes;
  }

  /** Unsigned with extended headers. Of the range, or of the payload if the flag says so. */
  long lengthBytes() {
    return lengthBytes;
  }

  /** Bytes that follow the header; negative means more than anybody may send. */
  long payloadBytes(ReplyStyle style) {
    boolean payload =
        type == NbdCommand.WRITE.wireValue()
            || (style == ReplyStyle.EXTENDED && has(CommandFlag.PAYLOAD_LEN));
    return payload ? lengthBytes : 0;
  }
}
