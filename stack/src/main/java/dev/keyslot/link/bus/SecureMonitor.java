package dev.keyslot.link.bus;

/**
 * The call gate into a platform's secure firmware.
 *
 * <p>Arguments are plain numbers; what they point to is memory mapped for DMA. A call returns when
 * the firmware is done. Safe from any thread.
 */
@FunctionalInterface
public interface SecureMonitor {

  /**
   * Calls {@code functionId}.
   *
   * @return 0, or what the call is said to answer, or the firmware's negative error
   */
  int call(int functionId, long... arguments);
}
