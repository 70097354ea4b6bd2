package dev.keyslot.host.block.crypto;

/**
 * What a keyslot manager needs from the hardware.
 *
 * <p>Called with the manager's lock held and the device awake; may block. The slot is never in use
 * by I/O, except when all keys are programmed again after a reset.
 */
public interface KeyslotOps {

  /** Puts {@code key} into {@code slot}; its old content is overwritten. */
  void program(int slot, CryptoKey key) throws KeyslotException;

  /**
   * Removes the key in {@code slot} from the hardware. {@code key} may be null: then the slot is
   * just cleared.
   */
  void evict(int slot, CryptoKey key) throws KeyslotException;
}
