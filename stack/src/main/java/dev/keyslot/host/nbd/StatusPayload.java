package dev.keyslot.host.nbd;

import java.util.EnumSet;
import java.util.Set;

/**
 * The payload a client may send with BLOCK_STATUS under extended headers: how long the range is,
 * and which of the selected contexts it asks for.
 *
 * @param lengthBytes of the range; unsigned, not judged
 * @param contexts what is asked for; null if a number is unknown or comes twice
 */
record StatusPayload(long lengthBytes, Set<MetaContext> contexts) {

  private static final int LENGTH_BYTES = Long.BYTES;

  /** Whether a payload of this size can be one: a length and at least one number. */
  static boolean fits(long payloadBytes) {
    long ids = payloadBytes - LENGTH_BYTES;
    return ids >= Integer.BYTES
        && ids <= (long) MetaContext.values().length * Integer.BYTES
        && ids % Integer.BYTES == 0;
  }

  /** Reads a payload of {@code payloadBytes} that lies {@code at} bytes into {@code inbox}. */
  static StatusPayload parse(Inbox inbox, int at, int payloadBytes, Set<MetaContext> selected) {
    Set<MetaContext> asked = EnumSet.noneOf(MetaContext.class);
    for (int i = LENGTH_BYTES; i < payloadBytes; i += Integer.BYTES) {
      MetaContext context = withId(inbox.getInt(at + i), selected);
      if (context == null || !asked.add(context)) {
        return new StatusPayload(0, null);
      }
    }
    return new StatusPayload(inbox.getLong(at), asked);
  }

  private static MetaContext withId(int id, Set<MetaContext> selected) {
    for (MetaContext context : selected) {
      if (context.id() == id) {
        return context;
      }
    }
    return null;
  }
}
