package dev.keyslot.app.trace;

/** What can be traced; an operator writes the lower-case name. */
public enum TraceKind {
  /** Register, doorbell and interrupt activity as a wave file for GTKWave and its like. */
  VCD(true),
  /** Every step in the life of the host: which, whose, when, on which thread. */
  LIFECYCLE(false);

  private final boolean needsFile;

  TraceKind(boolean needsFile) {
    this.needsFile = needsFile;
  }

  /** Whether it can go to a file only. */
  boolean needsFile() {
    return needsFile;
  }
}
