package dev.keyslot.model.controller;

import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.cqhci.CqhciFields;
import dev.keyslot.link.cqhci.CqhciLayout;
import dev.keyslot.link.cqhci.CqhciRegister;
import dev.keyslot.link.cqhci.TaskDescriptorFields;
import dev.keyslot.link.cqhci.TransferDescriptorFields;
import dev.keyslot.link.emmc.QueueFields;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Reads task and link descriptors out of the list at TDLBA. Guarded by the controller's lock. */
final class TaskFetcher {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final HostIdentity identity;
  private final DmaMemory dma;
  private final RegisterFile registers;

  TaskFetcher(HostIdentity identity, DmaMemory dma, RegisterFile registers) {
    this.identity = identity;
    this.dma = dma;
    this.registers = registers;
  }

  /** Fills {@code slot} from its descriptors; false if they are not valid. */
  boolean fetch(TaskSlot slot) {
    int config = registers.get(CqhciRegister.CFG);
    boolean large = CqhciFields.CFG_TASK_128.isSet(config);
    int taskBytes = large ? CqhciLayout.TASK_BYTES_128 : CqhciLayout.TASK_BYTES_64;
    int stride = identity.slotBytes(taskBytes);
    MemorySegment memory = dma.resolve(listAddress() + (long) slot.index * stride, stride);
    return memory != null && decode(slot, memory, config);
  }

  /** False also where the host freed the list under the device. */
  private boolean decode(TaskSlot slot, MemorySegment memory, int config) {
    try {
      return decodeLive(slot, memory, config);
    } catch (IllegalStateException e) {
      if (!memory.scope().isAlive()) {
        return false;
      }
      throw e;
    }
  }

  private boolean decodeLive(TaskSlot slot, MemorySegment memory, int config) {
    boolean large = CqhciFields.CFG_TASK_128.isSet(config);
    int taskBytes = large ? CqhciLayout.TASK_BYTES_128 : CqhciLayout.TASK_BYTES_64;
    long word = memory.get(LONG, 0);
    if (!TaskDescriptorFields.VALID.isSet(word)
        || TaskDescriptorFields.ACT.extractInt(word) != TaskDescriptorFields.ACT_TASK) {
      return false;
    }
    slot.word0 = word;
    slot.barrier = TaskDescriptorFields.QBAR.isSet(word);
    slot.interrupt = TaskDescriptorFields.INT.isSet(word);
    slot.direct = slot.index == CqhciLayout.DCMD_SLOT && CqhciFields.CFG_DCMD.isSet(config);
    slot.crypto = false;
    slot.keyPart = null;
    if (!slot.direct) {
      decodeData(slot, word, large ? memory.get(LONG, Long.BYTES) : 0);
      decodeLink(slot, memory, taskBytes);
      if (slot.crypto && identity.keys() == HostIdentity.Keys.DESCRIPTORS) {
        slot.keyPart = memory.asSlice((long) taskBytes + identity.linkBytes());
      }
    }
    return true;
  }

  private long listAddress() {
    long low = Integer.toUnsignedLong(registers.get(CqhciRegister.TDLBA));
    long high = Integer.toUnsignedLong(registers.get(CqhciRegister.TDLBAU));
    return ((high << Integer.SIZE) | low) & -CqhciLayout.TASK_LIST_ALIGNMENT_BYTES;
  }

  private static void decodeData(TaskSlot slot, long word, long upper) {
    slot.read = TaskDescriptorFields.DIRECTION_READ.isSet(word);
    slot.blocks = TaskDescriptorFields.BLOCK_COUNT.extractInt(word);
    slot.block = TaskDescriptorFields.BLOCK_ADDRESS.extract(word);
    slot.crypto = TaskDescriptorFields.CRYPTO_ENABLE.isSet(upper);
    slot.keyslot = TaskDescriptorFields.KEYSLOT.extractInt(upper);
    slot.dun = TaskDescriptorFields.DUN.extract(upper);
  }

  private void decodeLink(TaskSlot slot, MemorySegment memory, int at) {
    int link = memory.get(INT, at);
    slot.linkValid =
        TransferDescriptorFields.VALID.isSet(link)
            && TransferDescriptorFields.ACT.extractInt(link) == TransferDescriptorFields.ACT_LINK;
    long address = (long) at + TransferDescriptorFields.ADDRESS_BYTE;
    slot.transferAddress =
        identity.wide()
            ? memory.get(LONG, address)
            : Integer.toUnsignedLong(memory.get(INT, address));
  }

  /** CMD44's argument. */
  int queueParams(TaskSlot slot) {
    long word = slot.word0;
    int argument = QueueFields.BLOCK_COUNT.insert32(0, slot.blocks);
    argument = QueueFields.TASK.insert32(argument, slot.index);
    argument = QueueFields.DIRECTION_READ.insert32(argument, slot.read ? 1 : 0);
    argument =
        QueueFields.PRIORITY.insert32(argument, TaskDescriptorFields.PRIORITY.extractInt(word));
    argument =
        QueueFields.FORCED_PROGRAMMING.insert32(
            argument, TaskDescriptorFields.FORCED_PROGRAMMING.extractInt(word));
    argument =
        QueueFields.CONTEXT.insert32(argument, TaskDescriptorFields.CONTEXT.extractInt(word));
    argument =
        QueueFields.TAG_REQUEST.insert32(
            argument, TaskDescriptorFields.TAG_REQUEST.extractInt(word));
    return QueueFields.RELIABLE_WRITE.insert32(
        argument, TaskDescriptorFields.RELIABLE_WRITE.extractInt(word));
  }
}
