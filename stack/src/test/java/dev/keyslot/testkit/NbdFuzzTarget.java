package dev.keyslot.testkit;

/**
 * The entry that Jazzer looks for, which needs nothing of Jazzer: all that a client sends.
 * docs/testing.md says how to run it.
 */
public final class NbdFuzzTarget {

  private NbdFuzzTarget() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    NbdStream.run(input);
  }
}
