package dev.keyslot.base.metrics;

/** Everything that only grows while a server runs. */
public enum Counter {
  NBD_CONNECTIONS_OPENED(
      "nbd_connections_opened", "connections that reached transmission", Unit.CONNECTIONS),
  NBD_CONNECTIONS_CLOSED(
      "nbd_connections_closed", "connections that ended after transmission", Unit.CONNECTIONS),
  NBD_CONNECTIONS_REFUSED(
      "nbd_connections_refused", "connections that ended before transmission", Unit.CONNECTIONS),
  NBD_CONNECTIONS_OVERDUE(
      "nbd_connections_overdue",
      "connections dropped because something took too long",
      Unit.EVENTS),
  NBD_TLS_FAILURES("nbd_tls_failures", "TLS handshakes that failed", Unit.EVENTS),
  NBD_TURNS("nbd_turns", "turns: requests carried out together", Unit.EVENTS),
  NBD_BUFFER_WAITS(
      "nbd_buffer_waits",
      "times a reader waited for payload buffers before reading on",
      Unit.EVENTS),
  NBD_READS(Family.REQUESTS, "read"),
  NBD_WRITES(Family.REQUESTS, "write"),
  NBD_FLUSHES(Family.REQUESTS, "flush"),
  NBD_TRIMS(Family.REQUESTS, "trim"),
  NBD_ZEROES(Family.REQUESTS, "write_zeroes"),
  NBD_CACHES(Family.REQUESTS, "cache"),
  NBD_STATUSES(Family.REQUESTS, "block_status"),
  NBD_READ_BYTES("nbd_read_bytes", "bytes that clients read", Unit.BYTES),
  NBD_WRITTEN_BYTES("nbd_written_bytes", "bytes that clients wrote", Unit.BYTES),
  NBD_REFUSALS("nbd_refusals", "requests refused before they reached an export", Unit.REPLIES),
  NBD_ERRORS_EPERM(Family.ERRORS, "EPERM"),
  NBD_ERRORS_EIO(Family.ERRORS, "EIO"),
  NBD_ERRORS_ENOMEM(Family.ERRORS, "ENOMEM"),
  NBD_ERRORS_EINVAL(Family.ERRORS, "EINVAL"),
  NBD_ERRORS_ENOSPC(Family.ERRORS, "ENOSPC"),
  NBD_ERRORS_EOVERFLOW(Family.ERRORS, "EOVERFLOW"),
  NBD_ERRORS_ENOTSUP(Family.ERRORS, "ENOTSUP"),
  NBD_ERRORS_ESHUTDOWN(Family.ERRORS, "ESHUTDOWN"),
  KEYSLOT_HITS("keyslot_hits", "keyslots taken whose key was there already", Unit.EVENTS),
  KEYSLOT_PROGRAMS(
      "keyslot_programs", "keys programmed because a request needed them", Unit.EVENTS),
  KEYSLOT_EVICTIONS("keyslot_evictions", "keys evicted on demand", Unit.EVENTS),
  KEYSLOT_WAITS("keyslot_waits", "times a request waited for a keyslot", Unit.EVENTS),
  KEYSLOT_WAIT_NANOS("keyslot_wait", "time that requests waited for keyslots", Unit.NANOSECONDS),
  HOST_RECOVERIES("host_recoveries", "recoveries of the command queue after an error", Unit.EVENTS);

  /** Counters of one name that a tag tells apart. */
  private enum Family {
    REQUESTS("nbd_requests", "command", "requests that reached an export", Unit.OPERATIONS),
    ERRORS("nbd_errors", "error", "replies with an error", Unit.REPLIES);

    private final String id;
    private final String tag;
    private final String label;
    private final Unit unit;

    Family(String id, String tag, String label, Unit unit) {
      this.id = id;
      this.tag = tag;
      this.label = label;
      this.unit = unit;
    }
  }

  private final String id;
  private final String tag;
  private final String tagValue;
  private final String label;
  private final Unit unit;

  Counter(String id, String label, Unit unit) {
    this.id = id;
    this.tag = "";
    this.tagValue = "";
    this.label = label;
    this.unit = unit;
  }

  Counter(Family family, String tagValue) {
    this.id = family.id;
    this.tag = family.tag;
    this.tagValue = tagValue;
    this.label = family.label;
    this.unit = family.unit;
  }

  /** Lower case with underscores; a promise once released. Counters of a family share one. */
  public String id() {
    return id;
  }

  /** What tells counters with one id apart, such as {@code command}; empty where there is one. */
  public String tag() {
    return tag;
  }

  /** This counter's value of {@link #tag}. */
  public String tagValue() {
    return tagValue;
  }

  /** What is counted, for people. */
  public String label() {
    return label;
  }

  public Unit unit() {
    return unit;
  }
}
