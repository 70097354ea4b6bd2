package dev.keyslot.host.mmc;

/**
 * What the MMC core needs from a host controller.
 *
 * <p>All but {@link #commit}, {@link #serviceInterrupt} and {@link #forgot} are called with the
 * host claimed: by one thread at a time. They may wait for the hardware, through the device's wait.
 */
public interface MmcHostOps {

  /** How fast and over how many wires the bus runs. */
  enum Timing {
    LEGACY("legacy"),
    HIGH_SPEED("high speed"),
    DDR52("DDR52"),
    HS200("HS200"),
    HS400("HS400");

    private final String label;

    Timing(String label) {
      this.label = label;
    }

    /** For people. */
    public String label() {
      return label;
    }
  }

  /**
   * The bus settings.
   *
   * @param powered whether the card has power and clock
   * @param width data lines: 1, 4 or 8
   */
  record Ios(boolean powered, int width, Timing timing, int clockHz, boolean enhancedStrobe) {}

  /** Executes a command, with its data, to its end; the outcome is in the command. */
  void request(MmcCommand command);

  /** Whether {@link #request} encrypts the data of a command that has a crypto context. */
  default boolean encryptsCommands() {
    return false;
  }

  /** Brings the bus to these settings. */
  void setIos(Ios ios);

  /** Finds the sampling point for HS200. */
  MmcError executeTuning();

  /** Whether a card is in the slot. */
  boolean cardPresent();

  /** Pulses the card's reset line or its power. */
  void resetCard();

  /** Rings the doorbell, once, for every request taken since the last time. */
  void commit();

  /**
   * Serves the interrupt line and ends the requests that are done.
   *
   * @return how many ended
   */
  int serviceInterrupt();

  /**
   * Whether the controller no longer knows what it was told: somebody else reset it. Cheap; called
   * by any thread.
   */
  default boolean forgot() {
    return false;
  }

  /** Takes the controller out of service: power and clocks off, its state lost. */
  void suspend();

  /**
   * Stops the clock, and nothing else: nothing is in flight. Called with the power lock held, as is
   * {@link #runtimeResume}.
   */
  default void runtimeSuspend() {}

  /** Starts the clock again, and whatever stood still with it. May be called unclaimed. */
  default MmcError runtimeResume() {
    return MmcError.NONE;
  }

  /** Brings the controller back; the core sets it to its initial state afterwards. */
  MmcError resume();
}
