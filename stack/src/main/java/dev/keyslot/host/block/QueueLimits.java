package dev.keyslot.host.block;

import dev.keyslot.base.Checks;

/**
 * What requests of a queue may look like.
 *
 * @param capacitySectors size of the device in 512-byte sectors
 * @param queueDepth requests in flight at most; tags are 0 to this minus 1
 * @param maxSectors sectors in one data request at most
 * @param maxSegments memory segments in one request at most
 * @param maxSegmentBytes bytes in one memory segment at most
 * @param maxDiscardSectors sectors in one discard or write-zeroes at most
 */
public record QueueLimits(
    long capacitySectors,
    int queueDepth,
    int maxSectors,
    int maxSegments,
    int maxSegmentBytes,
    int maxDiscardSectors) {

  /** The unit of every sector number in the block layer. */
  public static final int SECTOR_BYTES = 512;

  public QueueLimits {
    Checks.argument(
        capacitySectors > 0, "capacity must be positive: capacitySectors=%d", capacitySectors);
    Checks.argument(
        queueDepth >= 1 && queueDepth <= 1024, "queue depth must be in [1, 1024]: %d", queueDepth);
    Checks.argument(
        maxSectors >= 1, "a request must be able to carry a sector: maxSectors=%d", maxSectors);
    Checks.argument(
        maxSegments >= 1, "a request must be able to carry a segment: maxSegments=%d", maxSegments);
    Checks.argument(
        maxSegmentBytes >= SECTOR_BYTES,
        "a segment must be able to carry a sector: maxSegmentBytes=%d",
        maxSegmentBytes);
    Checks.argument(
        maxDiscardSectors >= 0, "maxDiscardSectors must not be negative: %d", maxDiscardSectors);
  }
}
