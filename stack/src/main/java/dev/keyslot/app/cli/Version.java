package dev.keyslot.app.cli;

import picocli.CommandLine.IVersionProvider;

/** Which Keyslot on which Java this is. */
final class Version implements IVersionProvider {

  Version() {}

  @Override
  public String[] getVersion() {
    var descriptor = Main.class.getModule().getDescriptor();
    String version = descriptor == null ? "unknown" : descriptor.rawVersion().orElse("unknown");
    return new String[] {"keyslot " + version + " (Java " + Runtime.version().feature() + ")"};
  }
}
