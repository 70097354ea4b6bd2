package dev.keyslot.host.cqhci;

/**
 * What the CQHCI driver needs from the platform it sits in: switching the rest of the host between
 * queue mode and command mode. Called with the driver lock held.
 */
public interface CqhciPlatform {

  /** The engine starts: DMA mode, block size and interrupts are the queue's from now on. */
  void cqeEnable();

  /**
   * The engine stopped: commands may be sent.
   *
   * @param recovery after an error: command and data lines are to be reset
   */
  void cqeDisable(boolean recovery);
}
