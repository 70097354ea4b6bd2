package dev.keyslot.host.block.crypto;

import dev.keyslot.base.Checks;

/** The hardware behind a keyslot manager: who programs it, and who keeps it awake meanwhile. */
final class KeyslotHardware {

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
    ops.program(slot, key);
  }

  void evict(int slot, CryptoKey key) throws KeyslotException {
    ops.evict(slot, key);
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
