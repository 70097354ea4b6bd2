package dev.keyslot.app.cli;

import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import picocli.CommandLine.Option;

/** The options that say which host serves. */
final class HostArguments {

  @Option(
      names = "--host",
      paramLabel = "NAME",
      order = 11,
      description =
          "Kind of host: sdhci-pci (default), sdhci-msm, sdhci-ice, inline-keys or sdhci-plain.")
  private String host = HostKind.SDHCI_PCI.label();

  @Option(
      names = "--keyslots",
      paramLabel = "N",
      order = 11,
      description = "Keyslots of the host's crypto engine; default 32; 0: none.")
  private Integer keyslots;

  HostArguments() {}

  /**
   * What was asked for.
   *
   * @throws IllegalArgumentException if there is no such host
   */
  HostChoice choice() {
    HostKind kind = HostKind.named(host);
    return keyslots == null ? HostChoice.of(kind) : new HostChoice(kind, keyslots);
  }
}
