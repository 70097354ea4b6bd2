package dev.keyslot.host.nbd;

import dev.keyslot.host.nbd.ExportRequest.Kind;

/** Commands of the transmission phase with their numbers on the wire; an accepted request. */
enum NbdCommand implements Verdict {
  READ(0, Kind.READ),
  WRITE(1, Kind.WRITE),
  DISC(2, null),
  FLUSH(3, Kind.FLUSH),
  TRIM(4, Kind.TRIM),
  CACHE(5, Kind.CACHE),
  WRITE_ZEROES(6, Kind.WRITE_ZEROES),
  BLOCK_STATUS(7, Kind.BLOCK_STATUS);

  private static final NbdCommand[] BY_NUMBER = values();

  private final int wireValue;
  private final Kind kind;

  NbdCommand(int wireValue, Kind kind) {
    this.wireValue = wireValue;
    this.kind = kind;
  }

  int wireValue() {
    return wireValue;
  }

  /** What the export is asked for; null for DISC, which it never sees. */
  Kind kind() {
    return kind;
  }

  /** Whether it changes the export's bytes. */
  boolean changes() {
    return this == WRITE || this == TRIM || this == WRITE_ZEROES;
  }

  /** The command with this number, or null. */
  static NbdCommand of(int wireValue) {
    return wireValue >= 0 && wireValue < BY_NUMBER.length ? BY_NUMBER[wireValue] : null;
  }
}
