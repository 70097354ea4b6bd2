package dev.keyslot.host.sdhci;

import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.bus.SecureMonitor;
import dev.keyslot.link.ice.IceFields;
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
  private static final int UNIT_BYTES = 512;

  private static final ValueLayout.OfInt LITTLE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt BIG =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final SecureCalls calls;
  private final boolean zeroRule;

  /**
   * @param zeroRule whether the firmware takes the zero rule with a key
   */
  SecureKeyslots(SecureMonitor monitor, DmaSpace dma, boolean zeroRule) {
    calls = new SecureCalls(monitor, dma);
    this.zeroRule = zeroRule;
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    if (key.config().mode() != CryptoMode.AES_256_XTS
        || key.config().keyType() != KeyType.RAW
        || (key.config().zeroRule() && !zeroRule)) {
      throw new KeyslotException(
          Reason.NOT_SUPPORTED, "firmware takes raw AES-256-XTS keys: " + key.config());
    }
    try {
      key.withBytes(this::placeSwapped);
      calls.call(
          IceFields.CALL_SET_KEY,
          slot,
          calls.addressOf(0),
          KEY_BYTES,
          IceFields.CIPHER_ZERO_RULE.insert32(
              IceFields.CIPHER_AES_256_XTS, key.config().zeroRule() ? 1 : 0),
          key.config().dataUnitBytes() / UNIT_BYTES);
    } finally {
      calls.wipe();
    }
  }

  private void placeSwapped(MemorySegment bytes) {
    for (long at = 0; at < KEY_BYTES; at += Integer.BYTES) {
      calls.page().set(BIG, at, bytes.get(LITTLE, at));
    }
  }

  @Override
  public void evict(int slot, CryptoKey key) throws KeyslotException {
    calls.call(IceFields.CALL_INVALIDATE_KEY, slot);
  }

  @Override
  public void close() {
    calls.close();
  }
}
