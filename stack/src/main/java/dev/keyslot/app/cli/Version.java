package dev.keyslot.app.cli;

/** Which Keyslot on which Java this is. */
final class Version {

  private Version() {}

  static String line() {
    var descriptor = Main.class.getModule().getDescriptor();
    String version = descriptor == null ? "unknown" : descriptor.rawVersion().orElse("unknown");
    return "keyslot " + version + " (Java " + Runtime.version().feature() + ")";
  }
}
