package dev.keyslot.app.cli;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;

/** The options that say which host serves. */
final class HostArguments {

  private HostArguments() {}

  static void declare(Syntax syntax) {
    syntax
        .value(
            "host",
            "NAME",
            "Kind of host: sdhci-pci (default), sdhci-msm, sdhci-ice, inline-keys or sdhci-plain.")
        .value("keyslots", "N", "Keyslots of the host's crypto engine; default 32; 0: none.");
  }

  /**
   * What was asked for.
   *
   * @throws IllegalArgumentException if there is no such host
   */
  static HostChoice choice(Words words) {
    HostKind kind = words.text("host").map(HostKind::named).orElse(HostKind.SDHCI_PCI);
    return words
        .integer("keyslots")
        .map(keyslots -> new HostChoice(kind, keyslots))
        .orElse(HostChoice.of(kind));
  }
}
