package dev.keyslot.host.block;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What a request is made of: pieces of memory, and the bios whose sectors it covers, in order.
 *
 * <p>Arrays that are filled and cleared again and again. Guarded by the queue's lock while the
 * queue has the request.
 */
final class RequestParts {

  private final MemorySegment[] segments;
  private int segmentCount;
  private Bio[] bios = new Bio[8];
  private int[] bioSectors = new int[8];
  private int bioCount;

  RequestParts(int maxSegments) {
    segments = new MemorySegment[maxSegments];
  }

  int segmentCount() {
    return segmentCount;
  }

  MemorySegment segment(int index) {
    return segments[index];
  }

  int bioCount() {
    return bioCount;
  }

  Bio bio(int index) {
    return bios[index];
  }

  /** How many sectors of bio {@code index} are in this request. */
  int bioSectors(int index) {
    return bioSectors[index];
  }

  void addSegment(MemorySegment segment) {
    segments[segmentCount++] = segment;
  }

  /** {@code sectors} of {@code bio} follow; their memory is added apart. */
  void addBio(Bio bio, int sectors) {
    makeRoom(1);
    bios[bioCount] = bio;
    bioSectors[bioCount++] = sectors;
  }

  /** All of {@code other} follows. */
  void append(RequestParts other) {
    System.arraycopy(other.segments, 0, segments, segmentCount, other.segmentCount);
    segmentCount += other.segmentCount;
    makeRoom(other.bioCount);
    System.arraycopy(other.bios, 0, bios, bioCount, other.bioCount);
    System.arraycopy(other.bioSectors, 0, bioSectors, bioCount, other.bioCount);
    bioCount += other.bioCount;
  }

  /** Moves everything by one bio and {@code count} segments, which {@link #setFirst} then fills. */
  void shift(int count) {
    System.arraycopy(segments, 0, segments, count, segmentCount);
    segmentCount += count;
    makeRoom(1);
    System.arraycopy(bios, 0, bios, 1, bioCount);
    System.arraycopy(bioSectors, 0, bioSectors, 1, bioCount);
    bioCount++;
  }

  /** The bio that comes first, after {@link #shift}. */
  void setFirst(Bio bio, int sectors) {
    bios[0] = bio;
    bioSectors[0] = sectors;
  }

  void setSegment(int index, MemorySegment segment) {
    segments[index] = segment;
  }

  void clear() {
    Arrays.fill(segments, 0, segmentCount, null);
    Arrays.fill(bios, 0, bioCount, null);
    segmentCount = 0;
    bioCount = 0;
  }

  private void makeRoom(int more) {
    if (bioCount + more > bios.length) {
      int room = Math.max(bioCount + more, bios.length * 2);
      bios = Arrays.copyOf(bios, room);
      bioSectors = Arrays.copyOf(bioSectors, room);
    }
  }
}
