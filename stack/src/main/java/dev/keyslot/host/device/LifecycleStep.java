package dev.keyslot.host.device;

/**
 * Every step in the life of a host that a trace shows, in the order of a life without accidents.
 *
 * <p>An {@code ENTER} step is left by the {@code LEAVE} step of the same name: the nesting shows
 * who called whom.
 */
public enum LifecycleStep {
  PROBE_ENTER("probe {"),
  HOST_ALLOCATED("host allocated"),
  CONTROLLER_RESET("controller reset"),
  CQE_ADD_HOST_ENTER("cqe add host {"),
  ICE_INITIALISED("inline engine initialised"),
  CQHCI_INIT_ENTER("cqhci init {"),
  CRYPTO_INIT_ENTER("crypto init {"),
  KEYSLOTS_INITIALISED("keyslot manager initialised"),
  CAPABILITIES_FILLED("crypto capabilities filled in"),
  CRYPTO_INIT_LEAVE("} crypto init"),
  CRYPTO_FLAG_CLEARED("crypto flag cleared"),
  CRYPTO_FLAG_FINAL("crypto flag final"),
  CQHCI_INIT_LEAVE("} cqhci init"),
  CQE_ADD_HOST_LEAVE("} cqe add host"),
  HOST_ADDED("host added"),
  INITIAL_STATE("host set to its initial state"),
  KEYS_REPROGRAMMED("keys programmed again"),
  CARD_FOUND("card found"),
  CQE_ENABLED("command queue enabled"),
  KEYSLOTS_REGISTERED("keyslots registered with queue"),
  CARD_ATTACHED("card attached"),
  RECOVERY_STARTED("recovery started"),
  RECOVERY_FINISHED("recovery finished"),
  CARD_RESET("card reset"),
  SUSPENDED("suspended"),
  RESUMED("resumed"),
  PROBE_LEAVE("} probe"),
  PROBE_FAILED("} probe failed"),
  REMOVE_ENTER("remove {"),
  CARD_DETACHED("card detached"),
  CQE_DISABLED("command queue disabled"),
  HOST_REMOVED("host removed"),
  REMOVE_LEAVE("} remove"),
  KEYSLOTS_DESTROYED("keyslot manager destroyed"),
  HOST_FREED("host freed"),
  RELEASE_FAILED("release failed"),
  RELEASED("all resources released");

  private final String label;

  LifecycleStep(String label) {
    this.label = label;
  }

  /** For humans. */
  public String label() {
    return label;
  }
}
