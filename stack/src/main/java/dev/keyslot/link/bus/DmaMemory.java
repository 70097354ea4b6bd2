package dev.keyslot.link.bus;

import java.lang.foreign.MemorySegment;

/**
 * Host memory as a device sees it: 64-bit bus addresses, valid only where the host has mapped
 * something.
 *
 * <p>Safe from any thread. Regions come and go at run time.
 */
public interface DmaMemory {

  /**
   * The memory behind {@code [busAddress, busAddress + lengthBytes)}.
   *
   * @return a segment of exactly {@code lengthBytes}, valid until the host unmaps its region; or
   *     null if any byte of the range is not mapped or the range crosses two regions: the device
   *     then reports a DMA error
   */
  MemorySegment resolve(long busAddress, long lengthBytes);
}
