package dev.keyslot.host.block;

import dev.keyslot.host.block.crypto.CryptoContext;
import java.lang.foreign.MemorySegment;

/**
 * How bios get into requests: whole beside a neighbour, or piece by piece.
 *
 * <p>Merged is what touches, has one operation, one key object, contiguous data unit numbers, and
 * together respects the limits; never anything with FUA, so that no write waits for durability it
 * did not ask for and none is acknowledged without it. Straight-line code under the queue's lock.
 */
final class Merge {

  private final QueueLimits limits;

  Merge(QueueLimits limits) {
    this.limits = limits;
  }

  /** Puts the whole bio behind or before what {@code request} has; false if it may not be. */
  boolean join(BlockRequest request, Bio bio) {
    if (!mayJoin(request, bio)) {
      return false;
    }
    int unit = bio.unitBytes();
    int pieces = pieces(bio, unit);
    if (request.sectors + bio.sectors() > limits.maxSectors()
        || request.parts.segmentCount() + pieces > limits.maxSegments()) {
      return false;
    }
    if (request.startSector + request.sectors == bio.sector()) {
      return back(request, bio, unit);
    }
    return front(request, bio, pieces, unit);
  }

  private static boolean mayJoin(BlockRequest request, Bio bio) {
    return request.operation == bio.operation()
        && bio.operation().hasData()
        && !request.fua
        && !bio.isFua()
        && bio.takenSectors == 0
        && (request.startSector + request.sectors == bio.sector()
            || bio.sector() + bio.sectors() == request.startSector)
        && CryptoContext.compatible(request.context, bio.context());
  }

  private boolean back(BlockRequest request, Bio bio, int unit) {
    if (!CryptoContext.mergeable(request.context, bytes(request), bio.context())) {
      return false;
    }
    take(request, bio, unit);
    return true;
  }

  private boolean front(BlockRequest request, Bio bio, int pieces, int unit) {
    long bytes = bio.sectors() * QueueLimits.SECTOR_BYTES;
    if (!CryptoContext.mergeable(bio.context(), bytes, request.context)) {
      return false;
    }
    request.parts.shift(pieces);
    request.parts.setFirst(bio, (int) bio.sectors());
    int maxPiece = maxPieceBytes(unit);
    int index = 0;
    for (int i = 0; i < bio.segmentCount(); i++) {
      MemorySegment segment = bio.segment(i);
      for (long at = 0; at < segment.byteSize(); at += maxPiece) {
        long length = Math.min(maxPiece, segment.byteSize() - at);
        request.parts.setSegment(index++, slice(segment, at, length));
      }
    }
    bio.takenSectors = bio.sectors();
    request.startSector = bio.sector();
    request.sectors += (int) bio.sectors();
    request.context.copyFrom(bio.context());
    return true;
  }

  /** Puts all of {@code second} behind {@code first}; false if it may not be. */
  boolean join(BlockRequest first, BlockRequest second) {
    if (first.startSector + first.sectors != second.startSector
        || first.operation != second.operation
        || !first.operation.hasData()
        || first.fua
        || second.fua
        || first.sectors + second.sectors > limits.maxSectors()
        || first.parts.segmentCount() + second.parts.segmentCount() > limits.maxSegments()
        || !CryptoContext.mergeable(first.context, bytes(first), second.context)) {
      return false;
    }
    first.parts.append(second.parts);
    first.sectors += second.sectors;
    return true;
  }

  /** Begins an empty request with as much of {@code bio} as the limits allow. */
  void begin(BlockRequest request, Bio bio) {
    request.operation = bio.operation();
    request.startSector = bio.sector() + bio.takenSectors;
    request.sectors = 0;
    request.fua = bio.isFua();
    request.context.copyFrom(bio.context());
    if (bio.crypto() != null) {
      request.context.advance(bio.takenSectors * QueueLimits.SECTOR_BYTES);
    }
    if (bio.operation().hasData()) {
      take(request, bio, bio.unitBytes());
    } else {
      int sectors = (int) Math.min(bio.sectors() - bio.takenSectors, limits.maxDiscardSectors());
      request.parts.addBio(bio, sectors);
      request.sectors = sectors;
      bio.takenSectors += sectors;
    }
  }

  /** Whether a request can carry even one unit of {@code bio}. */
  boolean carriesUnit(Bio bio) {
    if (!bio.operation().hasData()) {
      return bio.operation() == BlockOperation.FLUSH || limits.maxDiscardSectors() > 0;
    }
    int unit = bio.unitBytes();
    return maxPieceBytes(unit) > 0 && maxRequestBytes(unit) > 0;
  }

  /** Moves data of {@code bio}, from where it stands, into {@code request}, unit by unit. */
  private void take(BlockRequest request, Bio bio, int unit) {
    int maxPiece = maxPieceBytes(unit);
    long budget = maxRequestBytes(unit) - bytes(request);
    long taken = 0;
    while (bio.nextSegment < bio.segmentCount()
        && budget > taken
        && request.parts.segmentCount() < limits.maxSegments()) {
      MemorySegment segment = bio.segment(bio.nextSegment);
      long left = segment.byteSize() - bio.nextSegmentOffset;
      long length = Math.min(Math.min(left, maxPiece), budget - taken);
      request.parts.addSegment(slice(segment, bio.nextSegmentOffset, length));
      taken += length;
      bio.nextSegmentOffset += length;
      if (length == left) {
        bio.nextSegment++;
        bio.nextSegmentOffset = 0;
      }
    }
    int sectors = (int) (taken / QueueLimits.SECTOR_BYTES);
    request.parts.addBio(bio, sectors);
    request.sectors += sectors;
    bio.takenSectors += sectors;
  }

  /** How many segments the whole bio needs. */
  private int pieces(Bio bio, int unit) {
    int maxPiece = maxPieceBytes(unit);
    if (maxPiece == 0) {
      return Integer.MAX_VALUE / 2;
    }
    long pieces = 0;
    for (int i = 0; i < bio.segmentCount(); i++) {
      pieces += (bio.segment(i).byteSize() + maxPiece - 1) / maxPiece;
    }
    return (int) Math.min(pieces, Integer.MAX_VALUE / 2);
  }

  private int maxPieceBytes(int unit) {
    return limits.maxSegmentBytes() / unit * unit;
  }

  private long maxRequestBytes(int unit) {
    return (long) limits.maxSectors() * QueueLimits.SECTOR_BYTES / unit * unit;
  }

  private static long bytes(BlockRequest request) {
    return (long) request.sectors * QueueLimits.SECTOR_BYTES;
  }

  /** The segment itself where nothing is cut: then nothing is allocated. */
  private static MemorySegment slice(MemorySegment segment, long offset, long length) {
    return offset == 0 && length == segment.byteSize() ? segment : segment.asSlice(offset, length);
  }
}
