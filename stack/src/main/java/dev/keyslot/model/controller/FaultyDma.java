package dev.keyslot.model.controller;

import dev.keyslot.link.bus.DmaMemory;
import dev.keyslot.link.cqhci.TransferDescriptorFields;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.fault.FaultPoint;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Host memory that sometimes does not answer, or holds other descriptors than software wrote, as a
 * plan says. Safe from any thread.
 *
 * <p>What is as long as a transfer descriptor is taken for one.
 */
final class FaultyDma implements DmaMemory {

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final long NOWHERE = -1;
  private static final int LINK_BYTES_MAX = 16;

  private final DmaMemory memory;
  private final FaultPlan plan;
  private final int descriptorBytes;

  /** A descriptor that links to itself; or {@link #NOWHERE}. Written under the monitor. */
  private volatile long loop = NOWHERE;

  /** How often it is still to be followed: until its reader gives up. Guarded by the monitor. */
  private int loopsLeft;

  FaultyDma(DmaMemory memory, ControllerConfig config) {
    this.memory = memory;
    plan = config.faults();
    descriptorBytes = config.identity().transferBytes();
  }

  @Override
  public MemorySegment resolve(long busAddress, long lengthBytes) {
    if (plan.strikes(FaultPoint.DMA_UNMAPPED)) {
      return null;
    }
    MemorySegment found = memory.resolve(busAddress, lengthBytes);
    boolean descriptor = lengthBytes == descriptorBytes || busAddress == loop;
    return found != null && descriptor ? spoil(found, busAddress) : found;
  }

  private MemorySegment spoil(MemorySegment descriptor, long busAddress) {
    if (loops(busAddress)) {
      return linkTo(busAddress);
    }
    if (plan.strikes(FaultPoint.DESCRIPTOR_INVALID)) {
      int word = TransferDescriptorFields.VALID.clear32(descriptor.get(INT, 0));
      return withWord(descriptor, word);
    }
    if (plan.strikes(FaultPoint.DESCRIPTOR_LENGTH)) {
      int word = descriptor.get(INT, 0);
      int half = TransferDescriptorFields.LENGTH.extractInt(word) / 2;
      int whole = TransferDescriptorFields.LENGTH_MAX_BYTES / 2;
      return withWord(
          descriptor, TransferDescriptorFields.LENGTH.insert32(word, half == 0 ? whole : half));
    }
    return descriptor;
  }

  private synchronized boolean loops(long busAddress) {
    if (loop != busAddress) {
      boolean begins = plan.strikes(FaultPoint.DESCRIPTOR_LOOP);
      loop = begins ? busAddress : NOWHERE;
      loopsLeft = TransferChain.DESCRIPTORS_MAX - 1;
      return begins;
    }
    loop = --loopsLeft > 0 ? busAddress : NOWHERE;
    return true;
  }

  private static MemorySegment withWord(MemorySegment descriptor, int word) {
    MemorySegment copy = copy(descriptor.byteSize());
    copy.copyFrom(descriptor);
    copy.set(INT, 0, word);
    return copy;
  }

  private static MemorySegment linkTo(long busAddress) {
    MemorySegment link = copy(LINK_BYTES_MAX);
    int word =
        TransferDescriptorFields.ACT.insert32(
            TransferDescriptorFields.VALID.mask32(), TransferDescriptorFields.ACT_LINK);
    link.set(INT, 0, word);
    link.set(INT, TransferDescriptorFields.ADDRESS_BYTE, (int) busAddress);
    long high = TransferDescriptorFields.ADDRESS_BYTE + (long) Integer.BYTES;
    link.set(INT, high, (int) (busAddress >>> Integer.SIZE)); // unread where addresses are short
    return link;
  }

  private static MemorySegment copy(long bytes) {
    return MemorySegment.ofArray(new byte[(int) bytes]);
  }
}
