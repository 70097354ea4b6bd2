package dev.keyslot.app.hosts;

import dev.keyslot.base.Checks;

/**
 * Which host serves.
 *
 * @param kind of the host
 * @param keyslots of its engine, 1 to 256; 0 leaves all encryption to the fallback, where the kind
 *     needs slots to encrypt
 */
public record HostChoice(HostKind kind, int keyslots) {

  /** Keyslots of a host that nobody asked anything about. */
  public static final int DEFAULT_KEYSLOTS = 32;

  /** A task descriptor names its keyslot in 8 bits, but the capability counts one less. */
  public static final int KEYSLOTS_MAX = 256;

  /** Refuses what no host can be. */
  public HostChoice {
    Checks.argument(
        keyslots >= 0 && keyslots <= KEYSLOTS_MAX,
        "keyslots must be in [0, %d]: keyslots=%d",
        KEYSLOTS_MAX,
        keyslots);
    kind.check(keyslots);
  }

  /** The generic host with all its keyslots. */
  public static HostChoice defaults() {
    return of(HostKind.SDHCI_PCI);
  }

  /** A kind with as many keyslots as it usually has. */
  public static HostChoice of(HostKind kind) {
    return new HostChoice(kind, kind.hasKeyslots() ? DEFAULT_KEYSLOTS : 0);
  }

  /** Whether the silicon has an engine that the driver may use. */
  public boolean inline() {
    return keyslots > 0;
  }
}
