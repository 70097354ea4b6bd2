package dev.keyslot.host.block;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.crypto.CryptoContext;
import dev.keyslot.host.block.crypto.KeyslotManager;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One operation for the driver: neighbouring bios, or a part of one, within the queue's limits.
 *
 * <p>Made once per tag and used again and again. From {@link BlockDriver#queue} until {@link
 * #complete} or {@link #requeue} it belongs to the driver; before and after, to the queue.
 */
public final class BlockRequest extends Linked<BlockRequest> {

  private final RequestQueue queue;
  private final int tag;
  final RequestParts parts;
  final CryptoContext context = new CryptoContext();
  BlockOperation operation;
  long startSector;
  int sectors;
  boolean fua;

  /** The slot it holds a reference to, or a negative answer of the manager. */
  int keyslot = KeyslotManager.NO_SLOTS;

  /** Where the slot is from; null when there is none. */
  KeyslotManager keyslotOwner;

  /** Whether the driver has it: completing is legal. */
  private final AtomicBoolean withDriver = new AtomicBoolean();

  /** How it came back from the driver; null to be offered again. */
  BlockStatus outcome;

  private Object driverData;

  BlockRequest(RequestQueue queue, int tag, QueueLimits limits) {
    this.queue = queue;
    this.tag = tag;
    parts = new RequestParts(limits.maxSegments());
  }

  public BlockOperation operation() {
    return operation;
  }

  /** First sector, in 512 bytes; 0 for a flush. */
  public long startSector() {
    return startSector;
  }

  /** Number of sectors; 0 for a flush. */
  public int sectors() {
    return sectors;
  }

  /** Pieces of memory, in order of the sectors; 0 without data. */
  public int segmentCount() {
    return parts.segmentCount();
  }

  /** Piece {@code index}. */
  public MemorySegment segment(int index) {
    return parts.segment(index);
  }

  /** Key and number of the first data unit, or null when the data is not encrypted. */
  public CryptoContext crypto() {
    return context.isSet() ? context : null;
  }

  /** The slot with the key; -1 when there is none: no encryption, or a device without slots. */
  public int keyslot() {
    return keyslot;
  }

  /** Whether a write must be durable before it completes. */
  public boolean fua() {
    return fua;
  }

  /** Its number, below the queue depth; no two requests have it at once. */
  public int tag() {
    return tag;
  }

  /** What the driver left here. */
  public Object driverData() {
    return driverData;
  }

  /** For the driver alone; survives from one use of the tag to the next. */
  public void driverData(Object data) {
    driverData = data;
  }

  /** From now on the driver's. */
  void handOver() {
    withDriver.set(true);
  }

  /** From now on the queue's again. */
  void takeBack() {
    Checks.that(
        withDriver.getAndSet(false),
        "request must come back from the driver exactly once: %s",
        this);
  }

  /** The driver is done with it: called once, outside the driver's locks. */
  public void complete(BlockStatus status) {
    queue.completed(this, status);
  }

  /**
   * The driver gives it back unfinished, to be offered again, data unit number and all: after a
   * recovery. Its keyslot stays.
   */
  public void requeue() {
    queue.requeued(this);
  }

  @Override
  public String toString() {
    return "BlockRequest["
        + operation
        + ", sector="
        + startSector
        + ", sectors="
        + sectors
        + ", tag="
        + tag
        + "]";
  }
}
