package dev.keyslot.host.nbd;

import java.nio.charset.StandardCharsets;

/** Why a request is refused without asking the export; the connection goes on. */
enum Refusal implements Verdict {
  SHUTTING_DOWN(NbdError.ESHUTDOWN, "server is shutting down"),
  UNKNOWN_COMMAND(NbdError.EINVAL, "command is not offered by this export"),
  UNKNOWN_FLAG(NbdError.EINVAL, "flag is not offered for this command"),
  READ_ONLY(NbdError.EPERM, "export is read-only"),
  READ_PAST_END(NbdError.EINVAL, "range must lie within the export"),
  WRITE_PAST_END(NbdError.ENOSPC, "range must lie within the export"),
  UNALIGNED(NbdError.EINVAL, "offset and length must be multiples of the minimum block size"),
  TOO_LARGE(NbdError.EINVAL, "at most 32 MiB of data in one request"),
  FLUSH_WITH_RANGE(NbdError.EINVAL, "flush takes neither offset nor length"),
  STATUS_OF_NOTHING(NbdError.EINVAL, "block status needs a length"),
  NO_META_CONTEXT(NbdError.EINVAL, "no meta context was selected for this export"),
  STATUS_PAYLOAD(NbdError.EINVAL, "payload must be a length and selected context numbers");

  private final NbdError error;

  @SuppressWarnings("ImmutableEnumChecker") // never changed after it is made
  private final byte[] text;

  Refusal(NbdError error, String text) {
    this.error = error;
    this.text = text.getBytes(StandardCharsets.UTF_8);
  }

  NbdError error() {
    return error;
  }

  /** For people, UTF-8; shared, not to be changed. */
  byte[] text() {
    return text;
  }
}
