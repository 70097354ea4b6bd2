package dev.keyslot.testkit;

/**
 * The entry that Jazzer looks for, which needs nothing of Jazzer: a program of bytes for the
 * silicon. docs/testing.md says how to run it.
 */
public final class SiliconFuzzTarget {

  private SiliconFuzzTarget() {}

  /** One input. */
  public static void fuzzerTestOneInput(byte[] program) {
    SiliconProgram.run(program);
  }
}
