package dev.keyslot.app.hosts;

import dev.keyslot.base.Checks;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** A kind of host, by the name that an operator gives to {@code --host}. */
public enum HostKind {
  /** SDHCI and CQHCI in one window; keys in the standard CRYPTOCFG array. */
  SDHCI_PCI("sdhci-pci", KeyWay.REGISTERS),
  /** A Qualcomm host: keys by secure calls, an engine with registers of its own. */
  SDHCI_MSM("sdhci-msm", KeyWay.FIRMWARE),
  /** No command queue: keys in the same array, slot and number in two registers a command. */
  SDHCI_ICE("sdhci-ice", KeyWay.REGISTERS),
  /** No keyslots: each task brings its key. */
  INLINE_KEYS("inline-keys", KeyWay.TASKS),
  /** As the first, without an engine: the block layer encrypts. */
  SDHCI_PLAIN("sdhci-plain", KeyWay.NONE);

  /** How keys reach the engine. */
  enum KeyWay {
    REGISTERS("%d keyslots in its CRYPTOCFG registers"),
    FIRMWARE("%d keyslots by secure calls"),
    TASKS("no keyslots, each task brings its key"),
    NONE("");

    private final String text;

    KeyWay(String text) {
      this.text = text;
    }
  }

  private final String label;
  private final KeyWay keyWay;

  HostKind(String label, KeyWay keyWay) {
    this.label = label;
    this.keyWay = keyWay;
  }

  /** The operator's name for it. */
  public String label() {
    return label;
  }

  /** Whether keys are programmed into slots. */
  public boolean hasKeyslots() {
    return keyWay == KeyWay.REGISTERS || keyWay == KeyWay.FIRMWARE;
  }

  /**
   * One line for the operator: the host, and who encrypts.
   *
   * @param keyslots that the driver found; ignored where it has none
   * @param inline whether the engine encrypts, as the driver found it to be
   */
  public String describe(boolean inline, int keyslots) {
    return inline
        ? label + ": the inline engine encrypts, " + keyWay.text.formatted(keyslots)
        : label + ": no inline encryption, the block layer's fallback encrypts";
  }

  /** How {@code array}, the keyslots of the standard, shows to software on this host, if at all. */
  Optional<RegisterMap.Line> keyslotLine(RegisterMap.Line array) {
    return switch (keyWay) {
      case REGISTERS, NONE -> Optional.of(array);
      case FIRMWARE ->
          Optional.of(
              array.with(
                  "firmware only", "keyslots, by secure calls; software reads 0, writes are lost"));
      case TASKS -> Optional.empty();
    };
  }

  /**
   * The kind of that name.
   *
   * @throws IllegalArgumentException naming all kinds, if there is none
   */
  public static HostKind named(String label) {
    for (HostKind kind : values()) {
      if (kind.label.equals(label)) {
        return kind;
      }
    }
    String known = Arrays.stream(values()).map(HostKind::label).collect(Collectors.joining(", "));
    throw new IllegalArgumentException("host must be one of " + known + ": host=" + label);
  }

  /** What {@link HostChoice} allows. */
  void check(int keyslots) {
    Checks.argument(
        hasKeyslots() || keyslots == 0,
        "host must have keyslots to be given a number of them: host=%s keyslots=%d",
        label,
        keyslots);
  }
}
