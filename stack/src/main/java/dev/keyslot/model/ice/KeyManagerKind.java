package dev.keyslot.model.ice;

import dev.keyslot.link.ice.IceFields;

/** The key managers that stand beside versions of the engine, and what tells them apart. */
enum KeyManagerKind {
  NONE(0, 1, 0, 0, 0),
  /** With 3.2.0: 68 bytes; its legacy mode is bit 5 of its own control register. */
  FIRST(IceFields.WRAPPED_BYTES_1, 1, IceFields.KM_READY_1, 0, IceFields.KM_LEGACY_MODE_1.mask32()),
  /** From 3.2.1 on: 100 bytes, two of its slots for each keyslot; bit 0 of the engine's CONTROL. */
  SECOND(
      IceFields.WRAPPED_BYTES_2,
      2,
      IceFields.KM_READY_2,
      IceFields.CONTROL_LEGACY_MODE.mask32(),
      0);

  private final int wrappedBytes;
  private final int slotStep;
  private final int status;
  private final int legacyInControl;
  private final int legacyInManager;

  KeyManagerKind(
      int wrappedBytes, int slotStep, int status, int legacyInControl, int legacyInManager) {
    this.wrappedBytes = wrappedBytes;
    this.slotStep = slotStep;
    this.status = status;
    this.legacyInControl = legacyInControl;
    this.legacyInManager = legacyInManager;
  }

  /** Beside an engine whose VERSION register reads {@code version}. */
  static KeyManagerKind of(int version) {
    int major = IceFields.VERSION_MAJOR.extractInt(Integer.toUnsignedLong(version));
    int minor = IceFields.VERSION_MINOR.extractInt(Integer.toUnsignedLong(version));
    int step = IceFields.VERSION_STEP.extractInt(Integer.toUnsignedLong(version));
    if (major < 3 || (major == 3 && minor < 2)) {
      return NONE;
    }
    return major == 3 && minor == 2 && step == 0 ? FIRST : SECOND;
  }

  /** Bytes of a wrapped key, both forms. */
  int wrappedBytes() {
    return wrappedBytes;
  }

  /** The keyslot that it calls {@code number}; -1 for none. */
  long slot(long number) {
    return number % slotStep == 0 ? number / slotStep : -1;
  }

  /** HWKM_TZ_KM_STATUS of one that is well. */
  int status() {
    return status;
  }

  /** Set in CONTROL after a reset. */
  int legacyInControl() {
    return legacyInControl;
  }

  /** Set in HWKM_TZ_KM_CTL after a reset. */
  int legacyInManager() {
    return legacyInManager;
  }
}
