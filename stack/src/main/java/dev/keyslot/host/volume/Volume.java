package dev.keyslot.host.volume;

import dev.keyslot.base.BriefLock;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Drive;
import dev.keyslot.host.block.BlockDevice;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.ExportRequest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An encrypted volume: serves any offset and length, asks the block layer for whole data units
 * only.
 *
 * <p>Aligned reads and writes go straight between the client's buffer and the card; everything else
 * goes through a bounce chunk under an exclusive unit lock. Zeroed and trimmed ranges read as
 * zeros. Owns neither key nor device. Safe from any thread.
 */
public final class Volume implements Export {

  /** Requests of one turn; a longer batch is served in several. */
  private static final int TURN_REQUESTS_MAX = 64;

  private final VolumeSpec spec;
  private final BlockDevice device;
  private final CryptoKey key;
  private final int keyGeneration;
  private final Drive drive;
  private final BufferPool bounces;
  private final UnitLocks locks = new UnitLocks();
  private final boolean zeroesByCard;

  private final BriefLock turnLock = new BriefLock();

  /** Nobody uses them; as many exist as threads have been here at once. Guarded by the lock. */
  private final ArrayDeque<VolumeTurn> turns = new ArrayDeque<>();

  private final ReentrantLock bounceLock = new ReentrantLock();

  /** Requests that wait for a bounce chunk, in order. Guarded by {@link #bounceLock}. */
  private final ArrayDeque<VolumeOp> bounceWaiters = new ArrayDeque<>();

  /**
   * A volume on {@code device}.
   *
   * @param key already started on the device; outlives the volume
   * @param bounces chunks for unaligned requests, mapped for DMA; may be shared by volumes
   */
  public Volume(
      VolumeSpec spec, BlockDevice device, CryptoKey key, Drive drive, BufferPool bounces) {
    this(spec, device, key, 1, drive, bounces);
  }

  /** The same, with a key that is not the volume's first: {@code keyGeneration} counts from 1. */
  public Volume(
      VolumeSpec spec,
      BlockDevice device,
      CryptoKey key,
      int keyGeneration,
      Drive drive,
      BufferPool bounces) {
    this.keyGeneration = keyGeneration;
    this.spec = spec;
    this.device = device;
    this.key = key;
    this.drive = drive;
    this.bounces = bounces;
    this.zeroesByCard =
        spec.discard() == DiscardPolicy.DEALLOCATE && device.supports(BlockOperation.WRITE_ZEROES);
  }

  @Override
  public String name() {
    return spec.name();
  }

  @Override
  public String description() {
    return spec.description();
  }

  @Override
  public long sizeBytes() {
    return spec.sizeBytes();
  }

  @Override
  public boolean readOnly() {
    return spec.readOnly();
  }

  @Override
  public int minimumBlockBytes() {
    return 1;
  }

  @Override
  public int preferredBlockBytes() {
    return spec.dataUnitBytes();
  }

  @Override
  public boolean supports(ExportRequest.Kind kind) {
    return switch (kind) {
      case READ, FLUSH, CACHE, BLOCK_STATUS -> true;
      case WRITE, WRITE_ZEROES -> !spec.readOnly();
      case TRIM -> !spec.readOnly() && spec.discard() != DiscardPolicy.OFF;
    };
  }

  @Override
  public boolean fastZero() {
    return !spec.readOnly() && zeroesByCard;
  }

  @Override
  public boolean encrypted() {
    return true;
  }

  @Override
  public int keyGroup() {
    return key.group();
  }

  @Override
  public int keyGeneration() {
    return keyGeneration;
  }

  @Override
  public void run(ExportRequest[] requests, int count) {
    VolumeTurn turn = takeTurn();
    for (int first = 0; first < count; first += TURN_REQUESTS_MAX) {
      turn.start(requests, first, Math.min(TURN_REQUESTS_MAX, count - first));
      drive.until(turn);
    }
    turnLock.lock();
    try {
      turns.addFirst(turn);
    } finally {
      turnLock.unlock();
    }
  }

  private VolumeTurn takeTurn() {
    turnLock.lock();
    try {
      VolumeTurn spare = turns.pollFirst();
      return spare == null ? new VolumeTurn(this, TURN_REQUESTS_MAX) : spare;
    } finally {
      turnLock.unlock();
    }
  }

  VolumeSpec spec() {
    return spec;
  }

  BlockDevice device() {
    return device;
  }

  CryptoKey key() {
    return key;
  }

  Drive drive() {
    return drive;
  }

  UnitLocks locks() {
    return locks;
  }

  /** Whether zeroing frees space on the card instead of writing encrypted zeros. */
  boolean zeroesByCard() {
    return zeroesByCard;
  }

  /** The card's sector that holds byte {@code offsetBytes} of the volume. */
  long sectorOf(long offsetBytes) {
    return spec.firstSector() + offsetBytes / QueueLimits.SECTOR_BYTES;
  }

  /**
   * A chunk, or null: then {@code op} is run again, by {@link VolumeOp#bounceReady}, when one is
   * free.
   */
  MemorySegment takeBounce(VolumeOp op) {
    bounceLock.lock();
    try {
      MemorySegment chunk = bounceWaiters.isEmpty() ? bounces.tryTake() : null;
      if (chunk == null) {
        bounceWaiters.addLast(op);
      }
      return chunk;
    } finally {
      bounceLock.unlock();
    }
  }

  /** Hands a chunk to whoever waits for one, else back to the pool. */
  void giveBounce(MemorySegment chunk) {
    VolumeOp waiter;
    bounceLock.lock();
    try {
      waiter = bounceWaiters.pollFirst();
      if (waiter == null) {
        bounces.give(chunk);
      }
    } finally {
      bounceLock.unlock();
    }
    if (waiter != null) {
      waiter.bounceReady(chunk);
    }
  }
}
