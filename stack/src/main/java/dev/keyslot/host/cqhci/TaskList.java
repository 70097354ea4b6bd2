package dev.keyslot.host.cqhci;

import dev.keyslot.base.BitField;
import dev.keyslot.base.Checks;
import dev.keyslot.base.posix.PosixMemory;
import dev.keyslot.host.mmc.MmcRequest;
import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.DirectCommandFields;
import dev.keyslot.link.cqhci.InlineKeyFields;
import dev.keyslot.link.cqhci.TaskDescriptorFields;
import dev.keyslot.link.cqhci.TransferDescriptorFields;
import dev.keyslot.link.emmc.ResponseKind;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The descriptors of all slots in one region of memory mapped for DMA, and how they are encoded.
 *
 * <pre>
 *  +-------------------+------ per slot ------+      +---------------------------+
 *  | task 8 or 16 bytes| link 8 or 16 bytes   | ---&gt; | transfer, transfer, ... END|
 *  +-------------------+----------------------+      +---------------------------+
 *  | key part, 80 bytes, of hosts without keyslots |
 * </pre>
 *
 * <p>Writes only memory; the doorbell is its caller's. Guarded by the driver lock.
 */
final class TaskList implements AutoCloseable {

  /**
   * Transfer descriptors per task: one per segment, and one more for each 64 KiB that a long
   * segment needs beyond its first.
   */
  static final int TRANSFERS_MAX = MmcRequest.SEGMENTS_MAX + 16;

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt HALF_WORD =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int PAGE_BYTES = 4096;

  /** VALID, END, INT and ACT of a task descriptor. */
  private static final long TASK_ATTRIBUTES = taskAttributes();

  private static final long LINK_ATTRIBUTES =
      TransferDescriptorFields.ACT.insert(
          TransferDescriptorFields.VALID.insert(0, 1), TransferDescriptorFields.ACT_LINK);

  private static final long TRANSFER_ATTRIBUTES =
      TransferDescriptorFields.ACT.insert(
          TransferDescriptorFields.VALID.insert(0, 1), TransferDescriptorFields.ACT_TRANSFER);

  private final DmaSpace dma;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final long busAddress;
  private final CqhciConfig.Addressing addressing;

  /** Of data tasks. */
  private long dataAttributes = TASK_ATTRIBUTES;

  private final int taskBytes;
  private final int slotBytes;
  private final long chainsOffset;
  private final int chainBytes;

  /** Null where keys lie in keyslots and slots have no part for a key. */
  private final InlineKeys inlineKeys;

  TaskList(DmaSpace dma, CqhciConfig config, boolean task128, InlineKeys inlineKeys) {
    this.dma = dma;
    this.inlineKeys = inlineKeys;
    addressing = config.addressing();
    taskBytes = task128 ? CqhciLayout.TASK_BYTES_128 : CqhciLayout.TASK_BYTES_64;
    int keyBytes = inlineKeys == null ? 0 : InlineKeyFields.BYTES;
    slotBytes = taskBytes + addressing.linkBytes() + keyBytes;
    long listBytes = (long) slotBytes * CqhciLayout.TASK_SLOTS;
    chainsOffset =
        (listBytes + CqhciLayout.TASK_LIST_ALIGNMENT_BYTES - 1)
            / CqhciLayout.TASK_LIST_ALIGNMENT_BYTES
            * CqhciLayout.TASK_LIST_ALIGNMENT_BYTES;
    chainBytes = addressing.transferBytes() * TRANSFERS_MAX;
    long bytes = chainsOffset + (long) chainBytes * CqhciLayout.TASK_SLOTS;
    memory = arena.allocate(bytes, PAGE_BYTES);
    if (inlineKeys != null) {
      PosixMemory.keepOutOfCoreDumps(memory);
    }
    busAddress = dma.map(memory);
    for (int slot = 0; slot < CqhciLayout.TASK_SLOTS; slot++) {
      writeLink(slot, config.directCommands());
    }
  }

  private static long taskAttributes() {
    long word = TaskDescriptorFields.VALID.insert(0, 1);
    word = TaskDescriptorFields.END.insert(word, 1);
    word = TaskDescriptorFields.INT.insert(word, 1);
    return TaskDescriptorFields.ACT.insert(word, TaskDescriptorFields.ACT_TASK);
  }

  /** Whether data tasks leave it to the block's IC when they interrupt: without INT. */
  void interruptTogether(boolean together) {
    dataAttributes = TaskDescriptorFields.INT.insert(TASK_ATTRIBUTES, together ? 0 : 1);
  }

  /** What goes into TDLBA and TDLBAU. */
  long busAddress() {
    return busAddress;
  }

  /** The region, for tests. */
  MemorySegment memory() {
    return memory;
  }

  long taskOffset(int slot) {
    return (long) slot * slotBytes;
  }

  long chainOffset(int slot) {
    return chainsOffset + (long) slot * chainBytes;
  }

  /** The slot's link to its chain; the slot of direct commands gets one that is not valid. */
  private void writeLink(int slot, boolean directCommands) {
    long at = taskOffset(slot) + taskBytes;
    if (directCommands && slot == CqhciLayout.DCMD_SLOT) {
      memory.set(HALF_WORD, at, (int) TransferDescriptorFields.END.insert(0, 1));
      return;
    }
    memory.set(HALF_WORD, at, (int) LINK_ATTRIBUTES);
    writeAddress(at, busAddress + chainOffset(slot));
  }

  private void writeAddress(long at, long address) {
    long addressAt = at + TransferDescriptorFields.ADDRESS_BYTE;
    if (addressing == CqhciConfig.Addressing.BITS_32) {
      Checks.that(
          address >>> Integer.SIZE == 0,
          "bus address must fit 32 bits with 32-bit descriptors: 0x%x",
          address);
      memory.set(HALF_WORD, addressAt, (int) address);
    } else {
      memory.set(WORD, addressAt, address);
    }
  }

  /** Writes task and transfer descriptors of a data request. */
  void writeData(MmcRequest request) {
    writeTransfers(request);
    long word = dataAttributes;
    word = TaskDescriptorFields.DIRECTION_READ.insert(word, request.write() ? 0 : 1);
    word = TaskDescriptorFields.RELIABLE_WRITE.insert(word, request.reliable() ? 1 : 0);
    word = TaskDescriptorFields.BLOCK_COUNT.insert(word, request.blocks());
    word =
        TaskDescriptorFields.BLOCK_ADDRESS.insert(
            word, Integer.toUnsignedLong(request.blockAddress()));
    writeTask(request.slot(), word, cryptoWord(request));
  }

  /** DUN, slot and enable; 0 for plain data. The caller checked that the number fits 32 bits. */
  private long cryptoWord(MmcRequest request) {
    if (request.crypto() == null) {
      return 0;
    }
    long word = TaskDescriptorFields.DUN.insert(0, request.crypto().dunLow());
    if (inlineKeys == null) {
      word = TaskDescriptorFields.KEYSLOT.insert(word, request.keyslot());
    } else {
      inlineKeys.write(request.crypto().key(), keyPart(request.slot()));
    }
    return TaskDescriptorFields.CRYPTO_ENABLE.insert(word, 1);
  }

  private MemorySegment keyPart(int slot) {
    long at = taskOffset(slot) + slotBytes - InlineKeyFields.BYTES;
    return memory.asSlice(at, InlineKeyFields.BYTES);
  }

  /** Wipes the keys that the tasks in {@code slots} brought, if they did. */
  void wipeKeys(int slots) {
    if (inlineKeys == null) {
      return;
    }
    for (int rest = slots; rest != 0; rest = Slots.withoutLowest(rest)) {
      InlineKeys.wipe(keyPart(Slots.lowest(rest)));
    }
  }

  /** Writes the descriptor of a direct command. */
  void writeDirect(MmcRequest request) {
    long word = TASK_ATTRIBUTES;
    word = TaskDescriptorFields.QBAR.insert(word, request.barrier() ? 1 : 0);
    word = DirectCommandFields.COMMAND_INDEX.insert(word, request.command().index());
    ResponseKind response = request.command().response();
    word = DirectCommandFields.RESPONSE_TYPE.insert(word, responseType(response));
    word = DirectCommandFields.TIMING.insert(word, response == ResponseKind.R1B ? 0 : 1);
    word = DirectCommandFields.ARGUMENT.insert(word, Integer.toUnsignedLong(request.argument()));
    writeTask(request.slot(), word, 0);
  }

  private static int responseType(ResponseKind response) {
    return switch (response) {
      case NONE -> DirectCommandFields.RESPONSE_NONE;
      case R1 -> DirectCommandFields.RESPONSE_R1;
      case R1B -> DirectCommandFields.RESPONSE_R1B;
      case R2, R3, VENDOR -> DirectCommandFields.RESPONSE_UNCHECKED;
    };
  }

  private void writeTask(int slot, long low, long high) {
    long at = taskOffset(slot);
    if (taskBytes == CqhciLayout.TASK_BYTES_128) {
      memory.set(WORD, at + Long.BYTES, high);
    }
    memory.set(WORD, at, low);
  }

  private void writeTransfers(MmcRequest request) {
    long at = chainOffset(request.slot());
    long last = at;
    int written = 0;
    for (int i = 0; i < request.segmentCount(); i++) {
      MemorySegment segment = request.segment(i);
      long bus = dma.busAddressOf(segment);
      long rest = segment.byteSize();
      while (rest > 0) {
        Checks.that(
            written < TRANSFERS_MAX, "a task has at most %d transfers: %s", TRANSFERS_MAX, segment);
        long length = Math.min(rest, TransferDescriptorFields.LENGTH_MAX_BYTES);
        writeTransfer(at, bus, length);
        last = at;
        at += addressing.transferBytes();
        bus += length;
        rest -= length;
        written++;
      }
    }
    int attributes = memory.get(HALF_WORD, last);
    memory.set(HALF_WORD, last, TransferDescriptorFields.END.set32(attributes));
  }

  private void writeTransfer(long at, long bus, long lengthBytes) {
    BitField length = TransferDescriptorFields.LENGTH;
    long encoded = lengthBytes % TransferDescriptorFields.LENGTH_MAX_BYTES;
    memory.set(HALF_WORD, at, (int) length.insert(TRANSFER_ATTRIBUTES, encoded));
    writeAddress(at, bus);
  }

  @Override
  public void close() {
    dma.unmap(busAddress);
    if (inlineKeys != null) {
      memory.fill((byte) 0);
    }
    arena.close();
  }
}
