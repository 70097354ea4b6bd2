package dev.keyslot.testkit;

import dev.keyslot.host.block.BlockDriver;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A driver that writes down what it is offered and finishes it when the test says so.
 *
 * <p>Belongs to the test's thread.
 */
public class RecordingDriver implements BlockDriver {

  private final QueueLimits limits;
  private final Deque<BlockRequest> taken = new ArrayDeque<>();
  private final Deque<Runnable> finished = new ArrayDeque<>();
  private final List<String> log = new ArrayList<>();

  /** Operations it can do; all at first. */
  public final Set<BlockOperation> operations = EnumSet.allOf(BlockOperation.class);

  /** Requests it takes before it says BUSY; as many as there are, at first. */
  public int room = Integer.MAX_VALUE;

  /** Whether it refuses everything. */
  public boolean refusing;

  public RecordingDriver(QueueLimits limits) {
    this.limits = limits;
  }

  /** What happened, oldest first, such as {@code WRITE 8+16 [4096, 4096] fua} or {@code commit}. */
  public List<String> log() {
    List<String> copy = List.copyOf(log);
    log.clear();
    return copy;
  }

  /** Requests it has, oldest first. */
  public List<BlockRequest> taken() {
    return List.copyOf(taken);
  }

  /** The next poll completes the oldest request with {@code status}. */
  public void finishOldest(BlockStatus status) {
    finish(taken.peekFirst(), status);
  }

  /** The next poll completes {@code request}. */
  public void finish(BlockRequest request, BlockStatus status) {
    taken.remove(request);
    finished.addLast(() -> request.complete(status));
  }

  /** The next poll gives {@code request} back. */
  public void giveBack(BlockRequest request) {
    taken.remove(request);
    finished.addLast(request::requeue);
  }

  /** The next poll completes everything it has. */
  public void finishAll() {
    while (!taken.isEmpty()) {
      finishOldest(BlockStatus.OK);
    }
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public Disposition queue(BlockRequest request) {
    if (refusing) {
      return Disposition.REFUSED;
    }
    if (taken.size() >= room) {
      log.add("busy");
      return Disposition.BUSY;
    }
    taken.addLast(request);
    log.add(describe(request));
    return Disposition.TAKEN;
  }

  private static String describe(BlockRequest request) {
    List<Long> lengths = new ArrayList<>();
    for (int i = 0; i < request.segmentCount(); i++) {
      lengths.add(request.segment(i).byteSize());
    }
    return request.operation()
        + (request.sectors() == 0 ? "" : " " + request.startSector() + "+" + request.sectors())
        + (lengths.isEmpty() ? "" : " " + lengths)
        + (request.crypto() == null
            ? ""
            : " dun=" + request.crypto().dunLow() + " slot=" + request.keyslot())
        + (request.fua() ? " fua" : "");
  }

  @Override
  public void commit() {
    log.add("commit");
  }

  @Override
  public int poll() {
    int done = 0;
    for (Runnable next = finished.pollFirst(); next != null; next = finished.pollFirst()) {
      next.run();
      done++;
    }
    return done;
  }

  @Override
  public long extent(long sector) {
    return limits.capacitySectors() - sector;
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return operations.contains(operation);
  }
}
