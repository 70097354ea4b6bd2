package dev.keyslot.model.controller;

import dev.keyslot.link.ice.QualcommRegister;

/**
 * The vendor registers of a Qualcomm part; elsewhere there is nothing at their offsets. Guarded by
 * the controller's lock.
 *
 * <p>Whether enabling the queue resets it is stored and has no effect: a queue that is enabled
 * starts empty here anyway.
 */
final class VendorBlock {

  private static final QualcommRegister FUNCTION = QualcommRegister.VENDOR_FUNCTION_4;
  private static final QualcommRegister CONFIG = QualcommRegister.QUEUE_VENDOR_CONFIG;

  private final boolean present;
  private final int configAt;
  private int function = FUNCTION.resetValue();
  private int config = CONFIG.resetValue();

  VendorBlock(HostIdentity identity) {
    present = identity == HostIdentity.QUALCOMM;
    configAt = identity.cqhciBase() + CONFIG.offset();
  }

  void reset() {
    function = FUNCTION.resetValue();
    config = CONFIG.resetValue();
  }

  /** The word at an offset in the window; 0 where there is none. */
  int read(int offset) {
    if (present && offset == FUNCTION.offset()) {
      return function;
    }
    return present && offset == configAt ? config : 0;
  }

  void write(int offset, int value, int lanes) {
    if (present && offset == FUNCTION.offset()) {
      function = (function & ~lanes) | (value & lanes);
    } else if (present && offset == configAt) {
      config = (config & ~lanes) | (value & lanes);
    }
  }

  /** Whether the data of commands outside the queue must not be encrypted. */
  boolean commandCryptoDisabled() {
    return present && QualcommRegister.DISABLE_CRYPTO.isSet(function);
  }
}
