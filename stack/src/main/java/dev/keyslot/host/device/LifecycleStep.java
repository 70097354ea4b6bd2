package dev.keyslot.host.device;

/**
 * Every step in the life of a host that a trace shows, in the order of a life without accidents.
 *
 * <p>An {@code ENTER} step is left by the {@code LEAVE} step of the same name: the nesting shows
 * who called whom.
 */
public enum LifecycleStep {
  PROBE_ENTER("probe {", "the driver is given its device; no resource is held yet"),
  HOST_ALLOCATED("host allocated", "the MMC host exists, its keyslot manager all zero inside"),
  CONTROLLER_RESET("controller reset", "registers have reset values, keyslots are empty"),
  CQE_ADD_HOST_ENTER("cqe add host {", "the queue's part of the host begins"),
  ICE_INITIALISED(
      "inline engine initialised", "Qualcomm: version and fuses of the engine are good"),
  CQHCI_INIT_ENTER("cqhci init {", "the command queue driver takes its block"),
  CRYPTO_INIT_ENTER("crypto init {", "it is decided whether this host encrypts"),
  KEYSLOTS_INITIALISED(
      "keyslot manager initialised",
      "before capabilities, which this would wipe; its release is managed"),
  CAPABILITIES_FILLED(
      "crypto capabilities filled in", "modes, data units, size of numbers, key types"),
  CRYPTO_FLAG_CLEARED("crypto flag cleared", "no engine, or a failure: the one place that clears"),
  CRYPTO_INIT_LEAVE("} crypto init", "every slot is cleared; the flag is as it will be"),
  CQHCI_INIT_LEAVE("} cqhci init", "the queue is ready and off: it needs a card"),
  CRYPTO_FLAG_FINAL(
      "crypto flag final", "set means: manager initialised; nobody writes it any more"),
  HOST_ADDED("host added", "from here other threads may see the host"),
  INITIAL_STATE("host set to its initial state", "bus settings of a fresh card, power on or off"),
  KEYS_REPROGRAMMED("keys programmed again", "every key back in its slot, before any request"),
  BUS_SET("bus set", "the fastest timing that host and card share, over their widest bus"),
  CARD_FOUND("card found", "the card is identified and configured"),
  CQE_ENABLED("command queue enabled", "descriptors are mapped, the engine runs"),
  KEYSLOTS_REGISTERED(
      "keyslots registered with queue", "this card's request queue may use the slots"),
  CARD_ATTACHED("card attached", "the card serves requests"),
  CQE_ADD_HOST_LEAVE("} cqe add host", "the queue's part of the host is done"),
  PROBE_LEAVE("} probe", "the driver has its device"),
  PROBE_FAILED("} probe failed", "what was acquired is about to be released, last first"),
  RECOVERY_STARTED("recovery started", "an error stopped the queue; keys stay"),
  RECOVERY_FINISHED("recovery finished", "what was dropped is sent again"),
  RETUNED("bus tuned again", "after a CRC error, with nothing in flight"),
  CARD_RESET(
      "card reset", "controller and card start over, from the initial state on, keys with them"),
  RUNTIME_SUSPENDED(
      "runtime suspended", "nothing was in flight; the clock is off, card and keys stay"),
  RUNTIME_RESUMED("runtime resumed", "for a request or a key: the clock runs, before either"),
  SUSPENDED("suspended", "requests have ended, the cache is flushed, power is off"),
  RESUMED("resumed", "requests that waited go on"),
  REMOVE_ENTER("remove {", "the driver gives its device up"),
  CARD_DETACHED("card detached", "the card's queue ends; its requests are answered"),
  CQE_DISABLED("command queue disabled", "the engine is off, its descriptors are given back"),
  HOST_REMOVED("host removed", "no queue, no card, no request uses the keyslots any more"),
  REMOVE_LEAVE("} remove", "what the driver did by hand is undone"),
  KEYSLOTS_DESTROYED("keyslot manager destroyed", "by the managed release alone; wiped, all zero"),
  HOST_FREED("host freed", "after everything that lived in it"),
  RELEASE_FAILED("release failed", "reported; the rest is released all the same"),
  RELEASED("all resources released", "the device can be probed again");

  private final String label;
  private final String meaning;

  LifecycleStep(String label, String meaning) {
    this.label = label;
    this.meaning = meaning;
  }

  /** For humans. */
  public String label() {
    return label;
  }

  /** What holds once the step is taken, in one line. */
  public String meaning() {
    return meaning;
  }
}
