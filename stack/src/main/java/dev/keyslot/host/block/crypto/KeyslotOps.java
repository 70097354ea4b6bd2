package dev.keyslot.host.block.crypto;

import java.lang.foreign.MemorySegment;

/**
 * What a keyslot manager needs from the hardware.
 *
 * <p>Called one at a time, wherever a slot changes with the manager's lock held, and with the
 * device awake; may block. The slot is never in use by I/O, except when all keys are programmed
 * again after a reset.
 */
public interface KeyslotOps {

  /** Puts {@code key} into {@code slot}; its old content is overwritten. */
  void program(int slot, CryptoKey key) throws KeyslotException;

  /**
   * Removes the key in {@code slot} from the hardware. {@code key} may be null: then the slot is
   * just cleared.
   */
  void evict(int slot, CryptoKey key) throws KeyslotException;

  /**
   * What hardware that wraps keys offers beyond programming them. Each writes its result to the
   * start of the segment given last and returns its size; the caller wipes what it got.
   *
   * <p>A wrapped key is long-term (stored by its owner, good for ever) or ephemeral (the form given
   * to the block layer, good until the device reboots). A key that the hardware did not wrap itself
   * fails with {@link KeyslotException.Reason#BAD_MESSAGE}, a result that has no room with {@link
   * KeyslotException.Reason#OVERFLOW}.
   */
  interface Wrapped {

    /** A new key, long-term wrapped. */
    int generateKey(MemorySegment longTerm) throws KeyslotException;

    /** A raw key, long-term wrapped. */
    int importKey(MemorySegment raw, MemorySegment longTerm) throws KeyslotException;

    /** A long-term wrapped key, wrapped until the next reboot. */
    int prepareKey(MemorySegment longTerm, MemorySegment ephemeral) throws KeyslotException;

    /** The 32-byte secret that software may derive its own keys from. */
    void deriveSoftwareSecret(MemorySegment ephemeral, MemorySegment secret)
        throws KeyslotException;
  }
}
