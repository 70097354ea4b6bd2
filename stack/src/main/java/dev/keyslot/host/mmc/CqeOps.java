package dev.keyslot.host.mmc;

/**
 * A host's command queue engine: exactly nine operations, and none about crypto.
 *
 * <p>{@link #request} is safe from any thread; the others are called with the host claimed.
 */
public interface CqeOps {

  /** The engine's answer to a request. */
  enum Start {
    STARTED,
    /** Not now: halted or recovering, or its owner lets nothing start. */
    BUSY,
    /** Never: {@link MmcRequest#error} says why. */
    REFUSED
  }

  /** Switches the engine on for a card whose own queue is on already. */
  MmcError enable(MmcCard card);

  /** Switches it off and gives its memory back. */
  void disable();

  /**
   * Takes a request into the slot it names, if it {@link MmcRequest#mayStart}; the hardware sees it
   * at the next commit.
   */
  Start request(MmcRequest request);

  /** Gives back what a request held in the engine, after it ended. */
  void postReq(MmcRequest request);

  /** Stops the engine so that the host can send commands; a request starts it again. */
  void off();

  /** Waits until nothing is in flight; false if that cannot happen without recovery. */
  boolean waitForIdle();

  /** A request has taken too long: whether the engine still has it. If so it needs recovery. */
  boolean timeout(MmcRequest request);

  /** Stops everything, so that the card's queue can be discarded. */
  void recoveryStart();

  /** Clears the engine and ends every request in flight with its error, or none if it had none. */
  void recoveryFinish();
}
