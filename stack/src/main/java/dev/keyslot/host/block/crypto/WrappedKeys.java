package dev.keyslot.host.block.crypto;

import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import java.lang.foreign.MemorySegment;

/**
 * The operations on hardware-wrapped keys, with the kernel's checks in the kernel's order.
 *
 * <p>One at a time, while no key is programmed, with the device awake. What the hardware does not
 * offer is not supported.
 */
final class WrappedKeys {

  static final int RAW_BYTES_MIN = 16;
  static final int RAW_BYTES_MAX = 64;
  static final int SECRET_BYTES = 32;

  private final KeyslotHardware hardware;

  WrappedKeys(KeyslotHardware hardware) {
    this.hardware = hardware;
  }

  /** One operation of the hardware; the result's size, or less than 0 if there is none. */
  private interface Operation {
    int run(KeyslotOps.Wrapped ops) throws KeyslotException;
  }

  int generate(boolean supported, MemorySegment longTerm) throws KeyslotException {
    return run(supported, ops -> ops.generateKey(longTerm));
  }

  int importRaw(boolean supported, MemorySegment raw, MemorySegment longTerm)
      throws KeyslotException {
    if (raw.byteSize() < RAW_BYTES_MIN || raw.byteSize() > RAW_BYTES_MAX) {
      throw new KeyslotException(
          Reason.INVALID, "raw key must have 16 to 64 bytes: bytes=" + raw.byteSize());
    }
    return run(supported, ops -> ops.importKey(raw, longTerm));
  }

  int prepare(boolean supported, MemorySegment longTerm, MemorySegment ephemeral)
      throws KeyslotException {
    if (longTerm.byteSize() > CryptoKey.MAX_WRAPPED_BYTES) {
      throw new KeyslotException(
          Reason.INVALID, "wrapped key must have at most 128 bytes: bytes=" + longTerm.byteSize());
    }
    return run(supported, ops -> ops.prepareKey(longTerm, ephemeral));
  }

  void secret(boolean supported, MemorySegment ephemeral, MemorySegment secret)
      throws KeyslotException {
    if (secret.byteSize() != SECRET_BYTES) {
      throw new KeyslotException(
          Reason.INVALID, "software secret must have 32 bytes: bytes=" + secret.byteSize());
    }
    run(
        supported,
        ops -> {
          ops.deriveSoftwareSecret(ephemeral, secret);
          return SECRET_BYTES;
        });
  }

  private int run(boolean supported, Operation operation) throws KeyslotException {
    KeyslotOps.Wrapped ops = hardware.wrapped();
    if (!supported || ops == null) {
      throw new KeyslotException(
          Reason.NOT_SUPPORTED, "hardware must support wrapped keys for this operation");
    }
    hardware.resume();
    try {
      hardware.turn().lock();
      try {
        return operation.run(ops);
      } finally {
        hardware.turn().unlock();
      }
    } finally {
      hardware.allowSleep();
    }
  }
}
