package dev.keyslot.base.metrics;

/** Everything that goes up and down while a server runs. */
public enum Gauge {
  NBD_CONNECTIONS("nbd_connections", "connections now, those in handshake too", Unit.CONNECTIONS),
  NBD_EXPORTS("nbd_exports", "exports served now", Unit.EVENTS),
  NBD_BUFFER_BYTES("nbd_buffer_bytes", "payload buffers there are", Unit.BYTES),
  NBD_BUFFER_USED_BYTES("nbd_buffer_used_bytes", "payload buffers in use now", Unit.BYTES),
  KEYSLOTS("keyslots", "keyslots there are", Unit.KEYSLOTS),
  KEYSLOTS_PROGRAMMED("keyslots_programmed", "keyslots that hold a key now", Unit.KEYSLOTS),
  KEYSLOTS_IN_USE("keyslots_in_use", "keyslots that requests use now", Unit.KEYSLOTS);

  private final String id;
  private final String label;
  private final Unit unit;

  Gauge(String id, String label, Unit unit) {
    this.id = id;
    this.label = label;
    this.unit = unit;
  }

  /** Lower case with underscores; a promise once released. */
  public String id() {
    return id;
  }

  /** What is measured, for people. */
  public String label() {
    return label;
  }

  public Unit unit() {
    return unit;
  }
}
