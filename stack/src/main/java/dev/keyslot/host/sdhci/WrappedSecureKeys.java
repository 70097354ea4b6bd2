package dev.keyslot.host.sdhci;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.cqhci.CryptoConfigFields;
import dev.keyslot.link.ice.IceFields;
import java.lang.foreign.MemorySegment;

/**
 * Wrapped keys: software has them sealed only, the key manager opens them into its slots.
 *
 * <p>The firmware takes a wrapped key as it is, its words not swapped; the engine's own register of
 * the slot then lets it be used. Every page of memory shared with the firmware is wiped after use.
 */
final class WrappedSecureKeys implements KeyslotOps, KeyslotOps.Wrapped, AutoCloseable {

  private static final int UNIT_BYTES = 512;
  private static final int SECRET_BYTES = 32;

  /** Where results of a call go. */
  private static final int OUTPUT = 1024;

  private final IceKeyManager manager;
  private final SecureCalls slotCalls;
  private final SecureCalls keyCalls;

  WrappedSecureKeys(IceKeyManager manager, SecureMonitor monitor, DmaSpace dma) {
    this.manager = manager;
    slotCalls = new SecureCalls(monitor, dma);
    keyCalls = new SecureCalls(monitor, dma);
  }

  /** Whether the firmware has every call that wrapped keys need. */
  static boolean offeredBy(SecureMonitor monitor) {
    return SecureCalls.available(monitor, IceFields.CALL_DERIVE_SOFTWARE_SECRET)
        && SecureCalls.available(monitor, IceFields.CALL_GENERATE_KEY)
        && SecureCalls.available(monitor, IceFields.CALL_PREPARE_KEY)
        && SecureCalls.available(monitor, IceFields.CALL_IMPORT_KEY);
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    int unit = key.config().dataUnitBytes() / UNIT_BYTES;
    if (key.config().keyType() != KeyType.HW_WRAPPED
        || key.config().mode() != CryptoMode.AES_256_XTS
        || key.config().zeroRule()
        || key.sizeBytes() != manager.wrappedBytes()
        || !manager.ready()) {
      throw new KeyslotException(
          Reason.INVALID,
          "key manager takes wrapped keys of %d bytes: bytes=%d ready=%b key=%s"
              .formatted(manager.wrappedBytes(), key.sizeBytes(), manager.ready(), key));
    }
    manager.configure(slot, 0);
    try {
      key.withBytes(bytes -> slotCalls.page().asSlice(0, bytes.byteSize()).copyFrom(bytes));
      slotCalls.call(
          IceFields.CALL_SET_KEY,
          manager.firmwareSlot(slot),
          slotCalls.addressOf(0),
          key.sizeBytes(),
          IceFields.CIPHER_AES_256_XTS,
          unit);
    } finally {
      slotCalls.wipe();
    }
    int config = CryptoConfigFields.DATA_UNIT.insert32(0, unit);
    config = CryptoConfigFields.CAPABILITY.insert32(config, IceFields.CIPHER_AES_256_XTS);
    manager.configure(slot, CryptoConfigFields.ENABLE.set32(config));
  }

  @Override
  public void evict(int slot, CryptoKey key) throws KeyslotException {
    int firmwareSlot = manager.ready() ? manager.firmwareSlot(slot) : slot;
    slotCalls.call(IceFields.CALL_INVALIDATE_KEY, firmwareSlot);
  }

  @Override
  public int generateKey(MemorySegment longTerm) throws KeyslotException {
    int size = manager.wrappedBytes();
    try {
      keyCalls.call(IceFields.CALL_GENERATE_KEY, keyCalls.addressOf(OUTPUT), size);
      return take(size, longTerm);
    } finally {
      keyCalls.wipe();
    }
  }

  @Override
  public int importKey(MemorySegment raw, MemorySegment longTerm) throws KeyslotException {
    return convert(IceFields.CALL_IMPORT_KEY, raw, manager.wrappedBytes(), longTerm);
  }

  @Override
  public int prepareKey(MemorySegment longTerm, MemorySegment ephemeral) throws KeyslotException {
    try {
      return convert(IceFields.CALL_PREPARE_KEY, longTerm, manager.wrappedBytes(), ephemeral);
    } catch (KeyslotException refused) {
      throw asBadMessage(refused);
    }
  }

  @Override
  public void deriveSoftwareSecret(MemorySegment ephemeral, MemorySegment secret)
      throws KeyslotException {
    try {
      convert(IceFields.CALL_DERIVE_SOFTWARE_SECRET, ephemeral, SECRET_BYTES, secret);
    } catch (KeyslotException refused) {
      throw asBadMessage(refused);
    }
  }

  /** A key that the firmware did not wrap shows as a failure or as an invalid argument. */
  private static KeyslotException asBadMessage(KeyslotException refused) {
    boolean notOurs = refused.reason() == Reason.IO_ERROR || refused.reason() == Reason.INVALID;
    return notOurs ? new KeyslotException(Reason.BAD_MESSAGE, refused.getMessage()) : refused;
  }

  private int convert(int command, MemorySegment from, int size, MemorySegment to)
      throws KeyslotException {
    if (from.byteSize() > OUTPUT) {
      throw new KeyslotException(
          Reason.INVALID, "key must have at most 1024 bytes: bytes=" + from.byteSize());
    }
    try {
      keyCalls.page().asSlice(0, from.byteSize()).copyFrom(from);
      keyCalls.call(
          command, keyCalls.addressOf(0), from.byteSize(), keyCalls.addressOf(OUTPUT), size);
      return take(size, to);
    } finally {
      keyCalls.wipe();
    }
  }

  private int take(int size, MemorySegment to) throws KeyslotException {
    if (to.byteSize() < size) {
      throw new KeyslotException(
          Reason.OVERFLOW, "room must be enough: bytes=%d room=%d".formatted(size, to.byteSize()));
    }
    to.asSlice(0, size).copyFrom(keyCalls.page().asSlice(OUTPUT, size));
    return size;
  }

  @Override
  public void close() {
    slotCalls.close();
    keyCalls.close();
  }
}
