package dev.keyslot.host.block;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.host.block.crypto.CryptoKey;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * One piece of I/O: an operation, a run of sectors, the memory for their data, and who is told.
 *
 * <p>Built by its owner, who does not touch it between submission and completion and may then
 * {@link #start} it anew; nothing is allocated after the first few uses. The device may split it
 * and merge its parts with others.
 */
public final class Bio extends Linked<Bio> {

  private BlockOperation operation;
  private long sector;
  private long sectors;
  private boolean fua;
  private MemorySegment[] segments = new MemorySegment[4];
  private int segmentCount;
  private final CryptoContext crypto = new CryptoContext();
  private BioCompletion completion;

  // From here on the device's, guarded by its lock.

  /** Whether it was submitted and not completed. */
  private boolean submitted;

  /** Sectors not yet completed. */
  private long openSectors;

  /** The first failure of any part. */
  private BlockStatus status = BlockStatus.OK;

  /** Sectors that are in requests already. */
  long takenSectors;

  /** Where the first byte not in a request lies. */
  int nextSegment;

  long nextSegmentOffset;

  /** When it began to wait for a keyslot, in nanoseconds of the device's clock. */
  long waitingSince;

  /**
   * Begins a description; everything set before is forgotten.
   *
   * @param firstSector in 512-byte sectors
   * @param sectorCount at least 1; 0 for a flush
   */
  public Bio start(BlockOperation newOperation, long firstSector, long sectorCount) {
    Checks.that(!submitted, "bio must not be changed while submitted: %s", this);
    Checks.argument(
        firstSector >= 0
            && (newOperation == BlockOperation.FLUSH ? sectorCount == 0 : sectorCount > 0),
        "bio must have a range, a flush none: operation=%s sector=%d sectors=%d",
        newOperation,
        firstSector,
        sectorCount);
    operation = newOperation;
    sector = firstSector;
    sectors = sectorCount;
    fua = false;
    Arrays.fill(segments, 0, segmentCount, null);
    segmentCount = 0;
    crypto.clear();
    completion = null;
    return this;
  }

  /** Whether a write is durable before it completes. */
  public Bio fua(boolean on) {
    fua = on;
    return this;
  }

  /** Adds memory for the next bytes; a multiple of 512 bytes, and of the data unit if encrypted. */
  public Bio add(MemorySegment segment) {
    if (segmentCount == segments.length) {
      segments = Arrays.copyOf(segments, segmentCount * 2);
    }
    segments[segmentCount++] = segment;
    return this;
  }

  /** Encrypts with {@code key}; {@code dun} is the first data unit's number, unsigned. */
  public Bio crypto(CryptoKey key, long dun) {
    return crypto(key, dun, 0, 0, 0);
  }

  /** Encrypts with {@code key}; the limbs of the first number, least significant first. */
  public Bio crypto(CryptoKey key, long dun0, long dun1, long dun2, long dun3) {
    crypto.set(key, dun0, dun1, dun2, dun3);
    return this;
  }

  /** Who is told; must be set before submission. */
  public Bio completion(BioCompletion newCompletion) {
    completion = newCompletion;
    return this;
  }

  public BlockOperation operation() {
    return operation;
  }

  /** First sector, in 512 bytes. */
  public long sector() {
    return sector;
  }

  /** Number of sectors. */
  public long sectors() {
    return sectors;
  }

  public boolean isFua() {
    return fua;
  }

  public int segmentCount() {
    return segmentCount;
  }

  public MemorySegment segment(int index) {
    return segments[index];
  }

  /** Key and first data unit number, or null when the data is not encrypted. */
  public CryptoContext crypto() {
    return crypto.isSet() ? crypto : null;
  }

  /** The context, set or not. */
  CryptoContext context() {
    return crypto;
  }

  /** Takes it from its owner: what a device does first. The device completes it exactly once. */
  public void take() {
    Checks.that(!submitted, "bio must not be submitted twice: %s", this);
    Checks.that(
        operation != null && completion != null, "bio must be started and have a completion");
    submitted = true;
    openSectors = sectors;
    status = BlockStatus.OK;
    takenSectors = 0;
    nextSegment = 0;
    nextSegmentOffset = 0;
    next = null;
  }

  /**
   * A part of it is done. Needs the device's lock.
   *
   * @return whether that was the last part: the caller then calls {@link #complete}
   */
  boolean finish(long doneSectors, BlockStatus doneStatus) {
    openSectors -= doneSectors;
    Checks.that(openSectors >= 0, "bio completed twice: %s", this);
    if (status.ok()) {
      status = doneStatus;
    }
    return openSectors == 0;
  }

  /** From the device to the owner. Outside all locks. */
  void complete() {
    Checks.that(submitted, "bio completed twice: %s", this);
    submitted = false;
    completion.done(this, status);
  }

  /** Gives it back to its owner with one status for all of it. Outside all locks. */
  public void complete(BlockStatus outcome) {
    status = outcome;
    complete();
  }

  /**
   * Whether its memory is exactly as large as its range and made of whole data units: every
   * segment's length, and where the data is encrypted its address too.
   */
  public boolean isAligned() {
    long lengthUnit = unitBytes();
    long addressUnit = crypto.isSet() ? lengthUnit : 1;
    long total = 0;
    for (int i = 0; i < segmentCount; i++) {
      long bytes = segments[i].byteSize();
      if (bytes == 0 || bytes % lengthUnit != 0 || segments[i].address() % addressUnit != 0) {
        return false;
      }
      total += bytes;
    }
    return total == sectors * QueueLimits.SECTOR_BYTES;
  }

  /** What no split may cut: a data unit, or a sector where the data is not encrypted. */
  int unitBytes() {
    return crypto.isSet() ? crypto.key().config().dataUnitBytes() : QueueLimits.SECTOR_BYTES;
  }

  /** Whether the last data unit number is within what the key promised. */
  public boolean numbersFit() {
    return !crypto.isSet()
        || crypto.fits(sectors * QueueLimits.SECTOR_BYTES, crypto.key().config().dunBytes());
  }

  @Override
  public String toString() {
    return "Bio[" + operation + ", sector=" + sector + ", sectors=" + sectors + "]";
  }
}
