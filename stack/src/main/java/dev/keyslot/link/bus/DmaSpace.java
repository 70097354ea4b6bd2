package dev.keyslot.link.bus;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The bus address space: the host maps regions here, the device resolves addresses.
 *
 * <p>Bus addresses are handed out in ascending order from a first one, each region on a 1 MiB
 * boundary with an unmapped gap behind it, so that an access past the end of a region never lands
 * in the next. A space that starts below 4 GiB ends there, and begins again at its lowest gap.
 * Lookups take no lock and, for a range asked for lately, no memory; map and unmap are serialised.
 * Regions must be native memory and must outlive their mapping.
 */
public final class DmaSpace implements DmaMemory {

  /** Where regions start by default: an address cut to 32 bits lands in nothing. */
  public static final long FIRST_BUS_ADDRESS = 0x1_0000_0000L;

  /** For devices that carry 32 bits: address 0 stays unmapped, so that zeros are caught. */
  public static final long FIRST_BUS_ADDRESS_32 = 0x10_0000L;

  /** A driver maps its buffers and its descriptors: a handful of regions. */
  public static final int REGIONS_MAX = 64;

  private static final long BOUNDARY_BYTES = 1 << 20;

  /**
   * Ranges kept, as a power of two: with the descriptors and buffers of 31 tasks on a dozen
   * connections few share a place.
   */
  private static final int RECENT_BITS = 12;

  /** 2^64 divided by the golden ratio: spreads addresses that differ in any bits. */
  private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

  /** A mapped region. */
  private record Region(long bus, long bytes, long nativeAddress, MemorySegment memory) {}

  /** A range that was resolved, good for as long as {@link #regions} are the ones mapped. */
  private static final class Range {
    private final long bus;
    private final Region[] regions;
    private final MemorySegment memory;

    Range(long bus, Region[] regions, MemorySegment memory) {
      this.bus = bus;
      this.regions = regions;
      this.memory = memory;
    }

    boolean is(long busAddress, long lengthBytes, Region[] mapped) {
      return bus == busAddress && memory.byteSize() == lengthBytes && regions == mapped;
    }
  }

  /** Copied on change. */
  private volatile Region[] regions = {};

  /**
   * Ranges by a hash of their address, the last one of each: a device reads the same descriptors
   * and buffers again and again. Any thread reads and writes; entries do not change.
   */
  private final Range[] recent = new Range[1 << RECENT_BITS];

  private final long firstBus;
  private final long endBus;
  private long nextBus;

  /** A space that starts at {@link #FIRST_BUS_ADDRESS}. */
  public DmaSpace() {
    this(FIRST_BUS_ADDRESS);
  }

  /** A space whose first region lies at {@code firstBusAddress}, on a 1 MiB boundary. */
  public DmaSpace(long firstBusAddress) {
    Checks.argument(
        firstBusAddress > 0 && firstBusAddress % BOUNDARY_BYTES == 0,
        "first bus address must be a positive multiple of 1 MiB: 0x%x",
        firstBusAddress);
    firstBus = firstBusAddress;
    endBus = firstBusAddress < FIRST_BUS_ADDRESS ? FIRST_BUS_ADDRESS : Long.MAX_VALUE;
    nextBus = firstBusAddress;
  }

  /**
   * Makes {@code memory} reachable for the device.
   *
   * @return the bus address of its first byte
   */
  public synchronized long map(MemorySegment memory) {
    Checks.argument(
        memory.isNative() && !memory.isReadOnly() && memory.byteSize() > 0,
        "only native memory that can be written can be mapped: %s",
        memory);
    Region[] old = regions;
    Checks.argument(old.length < REGIONS_MAX, "at most %d regions can be mapped", REGIONS_MAX);
    long bus = nextBus;
    if (bus > endBus - memory.byteSize()) {
      bus = lowestGap(memory.byteSize());
    }
    nextBus = behind(bus + memory.byteSize());
    Region[] copy = Arrays.copyOf(old, old.length + 1);
    copy[old.length] = new Region(bus, memory.byteSize(), memory.address(), memory);
    regions = copy;
    return bus;
  }

  /** Where the next region may start, with a gap of at least 1 MiB. */
  private static long behind(long end) {
    return (end + 2 * BOUNDARY_BYTES - 1) / BOUNDARY_BYTES * BOUNDARY_BYTES;
  }

  private long lowestGap(long bytes) {
    long bus = firstBus;
    for (Region r : Arrays.stream(regions).sorted(Comparator.comparingLong(Region::bus)).toList()) {
      if (behind(bus + bytes) <= r.bus()) {
        return bus;
      }
      bus = behind(r.bus() + r.bytes());
    }
    Checks.argument(bus <= endBus - bytes, "address space must have room: bytes=%d", bytes);
    return bus;
  }

  /** Takes the region that starts at {@code busAddress} away from the device. */
  public synchronized void unmap(long busAddress) {
    Region[] kept =
        Arrays.stream(regions).filter(r -> r.bus() != busAddress).toArray(Region[]::new);
    Checks.argument(
        kept.length == regions.length - 1, "no region starts at bus address 0x%x", busAddress);
    regions = kept;
    Arrays.fill(recent, null); // so that nothing keeps the memory
  }

  /**
   * The bus address of memory that lies inside a mapped region.
   *
   * @throws IllegalArgumentException if it does not
   */
  public long busAddressOf(MemorySegment memory) {
    long address = memory.address();
    for (Region r : regions) {
      long offset = address - r.nativeAddress();
      if (offset >= 0 && offset + memory.byteSize() <= r.bytes()) {
        return r.bus() + offset;
      }
    }
    throw new IllegalArgumentException(
        "memory is not mapped for DMA: " + memory.byteSize() + " bytes");
  }

  /** Regions mapped now. */
  public int regionCount() {
    return regions.length;
  }

  @Override
  public MemorySegment resolve(long busAddress, long lengthBytes) {
    Region[] mapped = regions;
    int place = (int) ((busAddress * SPREAD) >>> (Long.SIZE - RECENT_BITS));
    Range last = recent[place];
    if (last != null && last.is(busAddress, lengthBytes, mapped)) {
      return last.memory;
    }
    MemorySegment memory = find(mapped, busAddress, lengthBytes);
    if (memory != null) {
      recent[place] = new Range(busAddress, mapped, memory);
    }
    return memory;
  }

  private static MemorySegment find(Region[] mapped, long busAddress, long lengthBytes) {
    for (Region r : mapped) {
      long offset = busAddress - r.bus();
      if (offset >= 0 && lengthBytes >= 0 && offset <= r.bytes() - lengthBytes) {
        return r.memory().asSlice(offset, lengthBytes);
      }
    }
    return null;
  }
}
