package dev.keyslot.model.controller;

import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.cqhci.TransferDescriptorFields;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Walks a task's transfer descriptors and lends their memory piece by piece.
 *
 * <p>Owned by one worker. Follows at most {@link #DESCRIPTORS_MAX} descriptors a task, whatever
 * memory says.
 */
final class TransferChain {

  /** A loop of links ends here. */
  static final int DESCRIPTORS_MAX = 65_536;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final DmaMemory dma;
  private final int descriptorBytes;
  private final int linkBytes;
  private final boolean wide;

  private long next;
  private int followed;
  private boolean ended;

  /** Memory of the current descriptor, and how much of it is lent. */
  private MemorySegment memory;

  private long used;

  /** The descriptor followed last. */
  private MemorySegment descriptor;

  /** A chain of a command queue task. */
  TransferChain(DmaMemory dma, HostIdentity identity) {
    this(dma, identity.transferBytes(), identity.linkBytes());
  }

  /** A chain of descriptors of that size; ADMA2's attribute byte reads the same. */
  TransferChain(DmaMemory dma, int descriptorBytes, int linkBytes) {
    this.dma = dma;
    this.descriptorBytes = descriptorBytes;
    this.linkBytes = linkBytes;
    wide = descriptorBytes > TransferDescriptorFields.ADDRESS_BYTE + Integer.BYTES;
  }

  /** Starts at the first transfer descriptor. */
  void begin(long address) {
    next = address;
    followed = 0;
    ended = false;
    memory = null;
    descriptor = null;
    used = 0;
  }

  /** Up to {@code mostBytes} of contiguous memory, or null if the chain is wrong or at its end. */
  MemorySegment pull(long mostBytes) {
    if (memory == null || used == memory.byteSize()) {
      if (!advance()) {
        return null;
      }
    }
    long length = Math.min(mostBytes, memory.byteSize() - used);
    if (used == 0 && length == memory.byteSize()) {
      used = length;
      return memory;
    }
    MemorySegment piece = memory.asSlice(used, length);
    used += length;
    return piece;
  }

  /** Passes over {@code bytes}; false if the chain is wrong or at its end before. */
  boolean skip(long bytes) {
    for (long left = bytes; left > 0; ) {
      MemorySegment part = pull(left);
      if (part == null) {
        return false;
      }
      left -= part.byteSize();
    }
    return true;
  }

  /** Whether the last descriptor, marked END, was lent to its last byte. */
  boolean exhausted() {
    return ended && memory != null && used == memory.byteSize();
  }

  /** Whether nothing came, or comes, after the last byte lent but descriptors without memory. */
  boolean endsHere() {
    boolean lent = memory == null || used == memory.byteSize();
    return lent && !advance() && ended;
  }

  /** Whether a descriptor marked END was followed. */
  boolean ended() {
    return ended;
  }

  /**
   * Whether an access just failed because the host freed memory under the device: what it must not
   * do, and what a device answers as it answers an address that is not mapped.
   */
  boolean memoryGone() {
    return (memory != null && !memory.scope().isAlive())
        || (descriptor != null && !descriptor.scope().isAlive());
  }

  /** Address of the descriptor that would be, or could not be, followed next. */
  long next() {
    return next;
  }

  private boolean advance() {
    memory = null;
    used = 0;
    while (!ended && followed < DESCRIPTORS_MAX) {
      followed++;
      descriptor = dma.resolve(next, descriptorBytes);
      if (descriptor == null) {
        return false;
      }
      int word = descriptor.get(INT, 0);
      if (!TransferDescriptorFields.VALID.isSet(word)) {
        return false;
      }
      switch (TransferDescriptorFields.ACT.extractInt(word)) {
        case TransferDescriptorFields.ACT_TRANSFER -> {
          memory = dma.resolve(address(descriptor), length(word));
          if (memory == null) {
            return false;
          }
          ended = TransferDescriptorFields.END.isSet(word);
          next += descriptorBytes;
          return true;
        }
        case TransferDescriptorFields.ACT_LINK -> {
          MemorySegment link =
              linkBytes > descriptorBytes ? dma.resolve(next, linkBytes) : descriptor;
          if (link == null) {
            return false;
          }
          descriptor = link;
          next = address(link);
        }
        case TransferDescriptorFields.ACT_NOP -> {
          ended = TransferDescriptorFields.END.isSet(word);
          next += descriptorBytes;
        }
        default -> {
          return false;
        }
      }
    }
    return false;
  }

  private long address(MemorySegment descriptor) {
    return wide
        ? descriptor.get(LONG, TransferDescriptorFields.ADDRESS_BYTE)
        : Integer.toUnsignedLong(descriptor.get(INT, TransferDescriptorFields.ADDRESS_BYTE));
  }

  private static int length(int word) {
    int length = TransferDescriptorFields.LENGTH.extractInt(word);
    return length == 0 ? TransferDescriptorFields.LENGTH_MAX_BYTES : length;
  }
}
