package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Checks;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The hardware behind a keyslot manager: who programs it, and who keeps it awake meanwhile.
 *
 * <p>Its operations take turns, those on wrapped keys among them.
 */
final class KeyslotHardware {

  /** Held around every call to the hardware; the innermost lock of a keyslot manager. */
  private final ReentrantLock turn = new ReentrantLock();

  private KeyslotOps ops;

  private KeyslotOps.Wrapped wrapped;

  /** Null for a device that never sleeps. */
  private KeyslotManager.Power power;

  void setOps(KeyslotOps newOps) {
    ops = newOps;
  }

  /** Null for hardware that does not wrap keys. */
  KeyslotOps.Wrapped wrapped() {
    return wrapped;
  }

  /** What who runs an operation on wrapped keys holds meanwhile. */
  ReentrantLock turn() {
    return turn;
  }

  void setWrapped(KeyslotOps.Wrapped newWrapped) {
    wrapped = newWrapped;
  }

  void setPower(KeyslotManager.Power newPower) {
    power = newPower;
  }

  boolean hasOps() {
    return ops != null;
  }

  void program(int slot, CryptoKey key) throws KeyslotException {
    Checks.that(ops != null, "keyslot operations must be set before a key is used: slot=%d", slot);
    turn.lock();
    try {
      ops.program(slot, key);
    } finally {
      turn.unlock();
    }
  }

  void evict(int slot, CryptoKey key) throws KeyslotException {
    turn.lock();
    try {
      ops.evict(slot, key);
    } finally {
      turn.unlock();
    }
  }

  void resume() {
    if (power != null) {
      power.resume();
    }
  }

  void allowSleep() {
    if (power != null) {
      power.release();
    }
  }

  void clear() {
    ops = null;
    wrapped = null;
    power = null;
  }
}
