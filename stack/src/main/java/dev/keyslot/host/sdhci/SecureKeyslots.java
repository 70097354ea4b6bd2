package dev.keyslot.host.sdhci;

import dev.keyslot.base.BitField;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.ice.IceFields;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Keys programmed by secure calls: the firmware has them, no register does.
 *
 * <p>The firmware swaps the bytes of each 32-bit word, so they are handed over swapped. The buffer
 * is wiped after every call. Serialised by the keyslot manager's write lock.
 */
final class SecureKeyslots implements KeyslotOps, AutoCloseable {

  private static final int KEY_BYTES = 64;
  private static final int PAGE_BYTES = 4096;
  private static final int UNIT_BYTES = 512;

  private static final ValueLayout.OfInt LITTLE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt BIG =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final SecureMonitor monitor;
  private final DmaSpace dma;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment buffer = arena.allocate(PAGE_BYTES, PAGE_BYTES);
  private final long busAddress;

  SecureKeyslots(SecureMonitor monitor, DmaSpace dma) {
    this.monitor = monitor;
    this.dma = dma;
    busAddress = dma.map(buffer);
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    if (key.config().mode() != CryptoMode.AES_256_XTS
        || key.config().keyType() != KeyType.RAW
        || key.config().zeroRule()) {
      throw new KeyslotException(
          Reason.NOT_SUPPORTED, "firmware takes raw AES-256-XTS keys: " + key.config());
    }
    try {
      key.withBytes(this::placeSwapped);
      call(
          IceFields.CALL_SET_KEY,
          slot,
          busAddress,
          KEY_BYTES,
          IceFields.CIPHER_AES_256_XTS,
          key.config().dataUnitBytes() / UNIT_BYTES);
    } finally {
      buffer.asSlice(0, KEY_BYTES).fill((byte) 0);
    }
  }

  private void placeSwapped(MemorySegment bytes) {
    for (long at = 0; at < KEY_BYTES; at += Integer.BYTES) {
      buffer.set(BIG, at, bytes.get(LITTLE, at));
    }
  }

  @Override
  public void evict(int slot, CryptoKey key) throws KeyslotException {
    call(IceFields.CALL_INVALIDATE_KEY, slot);
  }

  private void call(int command, long... arguments) throws KeyslotException {
    int function = BitField.of(0, Byte.SIZE).insert32(IceFields.CALL_BASE, command);
    int result = monitor.call(function, arguments);
    if (result != 0) {
      throw new KeyslotException(
          reason(result), "secure call must succeed: command=" + command + " result=" + result);
    }
  }

  /** The firmware's errors in the kernel's terms. */
  static Reason reason(int result) {
    return switch (result) {
      case -1 -> Reason.IO_ERROR;
      case -4 -> Reason.NOT_SUPPORTED;
      case -5 -> Reason.NO_MEMORY;
      case -12 -> Reason.BUSY;
      default -> Reason.INVALID;
    };
  }

  @Override
  public void close() {
    dma.unmap(busAddress);
    arena.close();
  }
}
