package dev.keyslot.host.cqhci;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.host.block.crypto.KeyslotOps;
import dev.keyslot.link.cqhci.InlineKeyFields;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Keys for hardware without keyslots: each task's part of the task list takes its key along.
 *
 * <p>A manager without slots never programs anything and there is nothing to evict: a key is in the
 * hardware's sight from the doorbell to the completion, and wiped then. Under the driver lock.
 */
final class InlineKeys implements KeyslotOps {

  private static final ValueLayout.OfInt DWORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int BLOCK_BYTES = 512;

  private final int[] capabilities;

  /**
   * @param capabilities CRYPTOCAP entries as read
   */
  InlineKeys(int[] capabilities) {
    this.capabilities = capabilities.clone();
  }

  @Override
  public void program(int slot, CryptoKey key) throws KeyslotException {
    throw new KeyslotException(Reason.NOT_SUPPORTED, "host has no keyslots: slot=" + slot);
  }

  @Override
  public void evict(int slot, CryptoKey key) {
    // No key stays in the hardware.
  }

  /** Writes {@code key} into a task's part of the list; its use has a capability. */
  void write(CryptoKey key, MemorySegment part) {
    CryptoConfig config = key.config();
    int capability = CqhciKeyslots.find(capabilities, config);
    Checks.that(capability >= 0, "key's use must have been checked before: %s", config);
    int word = InlineKeyFields.DATA_UNIT.insert32(0, config.dataUnitBytes() / BLOCK_BYTES);
    word = InlineKeyFields.CAPABILITY.insert32(word, capability);
    word = InlineKeyFields.ZERO_RULE.insert32(word, config.zeroRule() ? 1 : 0);
    part.set(DWORD, InlineKeyFields.CONFIG_BYTE, word);
    key.withBytes(bytes -> part.asSlice(0, bytes.byteSize()).copyFrom(bytes));
  }

  /** Wipes what {@link #write} wrote. */
  static void wipe(MemorySegment part) {
    part.fill((byte) 0);
  }
}
