package dev.keyslot.host.volume;

import dev.keyslot.host.block.BlockDriver;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A driver of plain memory that finishes its requests late and in any order.
 *
 * <p>It keeps what it is given, unencrypted, and checks that each request starts on a data unit and
 * carries the right number.
 */
final class RamDriver implements BlockDriver {

  private static final int SECTOR = QueueLimits.SECTOR_BYTES;

  final byte[] content;
  final List<String> log = new ArrayList<>();
  BlockStatus failNextWith = BlockStatus.OK;

  private final boolean[] hole;
  private final int unitBytes;
  private final long firstSector;
  private final SplittableRandom random;
  private final List<BlockRequest> inFlight = new ArrayList<>();

  RamDriver(int bytes, int unitBytes, long firstSector, long seed) {
    content = new byte[bytes];
    hole = new boolean[bytes / SECTOR];
    Arrays.fill(hole, true);
    this.unitBytes = unitBytes;
    this.firstSector = firstSector;
    random = new SplittableRandom(seed);
  }

  @Override
  public QueueLimits limits() {
    return new QueueLimits(content.length / SECTOR, 31, 2048, 128, 1 << 20, 64);
  }

  @Override
  public synchronized Disposition queue(BlockRequest request) {
    if (request.operation().hasData()) {
      long at = (request.startSector() - firstSector) * SECTOR;
      if (at % unitBytes != 0 || request.crypto().dunLow() != at / unitBytes) {
        throw new AssertionError("not a whole unit, or the wrong number: " + request);
      }
    }
    inFlight.add(request);
    return Disposition.TAKEN;
  }

  @Override
  public void commit() {}

  @Override
  public int poll() {
    BlockRequest request;
    BlockStatus status;
    synchronized (this) {
      if (inFlight.isEmpty()) {
        return 0;
      }
      request = inFlight.remove(random.nextInt(inFlight.size()));
      status = failNextWith;
      failNextWith = BlockStatus.OK;
      if (status.ok()) {
        execute(request);
      }
    }
    request.complete(status);
    return 1;
  }

  private void execute(BlockRequest request) {
    log.add(request.operation() + (request.fua() ? "+FUA" : ""));
    int at = (int) request.startSector() * SECTOR;
    int bytes = request.sectors() * SECTOR;
    MemorySegment all = MemorySegment.ofArray(content);
    long next = at;
    for (int i = 0; i < request.segmentCount(); i++) {
      MemorySegment memory = request.segment(i);
      MemorySegment here = all.asSlice(next, memory.byteSize());
      if (request.operation() == BlockOperation.READ) {
        memory.copyFrom(here);
      } else {
        here.copyFrom(memory);
      }
      next += memory.byteSize();
    }
    if (request.operation() == BlockOperation.WRITE_ZEROES) {
      Arrays.fill(content, at, at + bytes, (byte) 0);
    }
    if (request.operation() != BlockOperation.READ) {
      Arrays.fill(
          hole,
          at / SECTOR,
          (at + bytes) / SECTOR,
          request.operation() == BlockOperation.WRITE_ZEROES);
    }
  }

  @Override
  public synchronized long extent(long sector) {
    int s = (int) sector;
    int end = s + 1;
    while (end < hole.length && hole[end] == hole[s]) {
      end++;
    }
    return hole[s] ? s - end : end - s;
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return operation != BlockOperation.DISCARD;
  }

  synchronized boolean busy() {
    return !inFlight.isEmpty();
  }
}
