package dev.keyslot.model.ice;

/** Firmware's way to the keyslots, which software of this part cannot reach. */
@FunctionalInterface
public interface KeyDoor {

  /** Writes dword {@code dword} of the CRYPTOCFG entry of {@code slot}; any thread. */
  void write(int slot, int dword, int value);
}
