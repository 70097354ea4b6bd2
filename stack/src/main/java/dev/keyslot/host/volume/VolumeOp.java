package dev.keyslot.host.volume;

import dev.keyslot.base.metrics.RoomProbe;
import dev.keyslot.base.metrics.RoomProbe.Room;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BioCompletion;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.NbdError;
import java.lang.foreign.MemorySegment;

/**
 * One request of a client on its way through a volume: a sequence of bios, one at a time.
 *
 * <p>Each completion starts the next bio or ends the request; no thread waits in between. What is
 * not made of whole data units is read, modified and written through a {@link UnitWindow} while the
 * range is locked exclusively. Owned by its {@link VolumeTurn}; touched by one thread at a time.
 */
final class VolumeOp extends UnitLocks.Holder implements BioCompletion {

  /** What the bio in flight is for. */
  private enum Stage {
    /** The client's buffer itself is read or written. */
    DIRECT,
    /** A window of whole units is read for the client. */
    WINDOW_READ,
    /** The first or last unit of a window is read before it is modified. */
    WINDOW_FETCH,
    /** A modified window is written. */
    WINDOW_WRITE,
    /** Whole sectors are zeroed by the card. */
    ZERO,
    /** Everything before is made durable. */
    FLUSH
  }

  private final Volume volume;
  private final VolumeTurn turn;
  private final Bio bio = new Bio();
  private final UnitWindow window;
  private final long unitBytes;

  private ExportRequest request;

  /** Where the client's thread collects bios; null once it has left {@link #start}. */
  private Plug plug;

  private Stage stage;
  private boolean locked;

  /** Next byte that windows have not covered, and the byte where they end. */
  private long cursor;

  private long windowsEnd;

  /** Whole sectors that the card still has to zero: bytes {@code [zeroFrom, zeroTo)}. */
  private long zeroFrom;

  private long zeroTo;

  /** A second range of windows, behind the sectors zeroed by the card. */
  private long tailFrom;

  private long tailTo;

  VolumeOp(Volume volume, VolumeTurn turn) {
    this.volume = volume;
    this.turn = turn;
    this.unitBytes = volume.spec().dataUnitBytes();
    this.window = new UnitWindow(unitBytes);
  }

  /** Takes a request; ends in exactly one {@link ExportRequest#done}. */
  void start(ExportRequest newRequest, Plug newPlug) {
    RoomProbe.enter(Room.VOLUME, newRequest.offsetBytes(), RoomProbe.NO_SLOT);
    request = newRequest;
    plug = newPlug;
    locked = false;
    zeroFrom = zeroTo = tailFrom = tailTo = cursor = windowsEnd = 0;
    long from = request.offsetBytes();
    long to = from + request.lengthBytes();
    if (from == to && request.kind() != ExportRequest.Kind.FLUSH) {
      finish(NbdError.OK);
      plug = null;
      return;
    }
    switch (request.kind()) {
      case READ -> startRead(from, to);
      case WRITE -> lockAndGo(from, to, !wholeUnits(from, to) || !bufferFits());
      case FLUSH -> flush();
      case TRIM, WRITE_ZEROES -> startZero(from, to);
      case CACHE -> finish(NbdError.OK);
      case BLOCK_STATUS -> finish(Extents.answer(volume, request));
    }
    plug = null;
  }

  private boolean wholeUnits(long from, long to) {
    return ((from | to) & (unitBytes - 1)) == 0;
  }

  /**
   * Whether the client's buffer may be handed to the block layer, which wants units aligned in
   * memory too.
   */
  private boolean bufferFits() {
    return (request.data().address() & (unitBytes - 1)) == 0;
  }

  private void startRead(long from, long to) {
    if (wholeUnits(from, to) && bufferFits()) {
      direct(BlockOperation.READ);
    } else {
      startWindows(from, to);
    }
  }

  private void startZero(long from, long to) {
    if (request.fastZero() && (!volume.zeroesByCard() || request.noHole())) {
      finish(NbdError.ENOTSUP);
      return;
    }
    if (volume.zeroesByCard() && !request.noHole()) {
      long sector = QueueLimits.SECTOR_BYTES;
      long firstWhole = (from + sector - 1) / sector * sector;
      long endWhole = to / sector * sector;
      if (firstWhole < endWhole) {
        zeroFrom = firstWhole;
        zeroTo = endWhole;
        tailFrom = endWhole;
        tailTo = to;
        windowsEnd = firstWhole;
        lockAndGo(from, to, from != firstWhole || to != endWhole);
        return;
      }
    }
    windowsEnd = to;
    lockAndGo(from, to, !wholeUnits(from, to));
  }

  private void lockAndGo(long from, long to, boolean exclusive) {
    cursor = from;
    if (volume.locks().take(this, from / unitBytes, (to + unitBytes - 1) / unitBytes, exclusive)) {
      granted();
    }
  }

  @Override
  void granted() {
    locked = true;
    if (request.kind() == ExportRequest.Kind.WRITE) {
      long to = cursor + request.lengthBytes();
      if (wholeUnits(cursor, to) && bufferFits()) {
        direct(BlockOperation.WRITE);
      } else {
        startWindows(cursor, to);
      }
    } else {
      startWindows(cursor, windowsEnd);
    }
  }

  private void direct(BlockOperation operation) {
    stage = Stage.DIRECT;
    submitData(operation, request.offsetBytes(), request.data());
  }

  // --- windows: whole units around bytes that are not
  // -------------------------------------------------------------

  private void startWindows(long from, long to) {
    cursor = from;
    windowsEnd = to;
    if (from == to) {
      windowsDone();
      return;
    }
    MemorySegment chunk = volume.takeBounce(this);
    if (chunk != null) {
      bounceReady(chunk);
    }
  }

  /** A bounce chunk belongs to this request until it gives it back. */
  void bounceReady(MemorySegment chunk) {
    window.chunk(chunk);
    nextWindow();
  }

  private void nextWindow() {
    window.cover(cursor, windowsEnd);
    if (request.kind() == ExportRequest.Kind.READ) {
      stage = Stage.WINDOW_READ;
      submitData(BlockOperation.READ, window.from(), window.units());
    } else {
      fetchOrWrite();
    }
  }

  private void fetchOrWrite() {
    if (window.needsFetch()) {
      stage = Stage.WINDOW_FETCH;
      long at = window.fetchNext();
      submitData(BlockOperation.READ, at, window.unitAt(at));
      return;
    }
    window.modify(
        request.kind() == ExportRequest.Kind.WRITE ? request.data() : null, request.offsetBytes());
    stage = Stage.WINDOW_WRITE;
    submitData(BlockOperation.WRITE, window.from(), window.units());
  }

  private void windowDone() {
    cursor = window.bytesTo();
    if (cursor < windowsEnd) {
      nextWindow();
    } else {
      volume.giveBounce(window.takeChunk());
      windowsDone();
    }
  }

  private void windowsDone() {
    if (tailFrom < tailTo) {
      long from = tailFrom;
      tailFrom = tailTo;
      startWindows(from, tailTo);
    } else {
      zeroNext();
    }
  }

  // --- zeroing by the card
  // --------------------------------------------------------------------------------------

  private void zeroNext() {
    if (zeroFrom == zeroTo) {
      zeroesDone();
      return;
    }
    long most = (long) volume.device().limits().maxDiscardSectors() * QueueLimits.SECTOR_BYTES;
    long bytes = Math.min(zeroTo - zeroFrom, most);
    stage = Stage.ZERO;
    bio.start(
        BlockOperation.WRITE_ZEROES, volume.sectorOf(zeroFrom), bytes / QueueLimits.SECTOR_BYTES);
    zeroFrom += bytes;
    submit();
  }

  private void zeroesDone() {
    // A window write carries FUA itself; what the card zeroed needs the flush.
    if (request.fua() && stage == Stage.ZERO) {
      flush();
    } else {
      finish(NbdError.OK);
    }
  }

  private void flush() {
    stage = Stage.FLUSH;
    bio.start(BlockOperation.FLUSH, 0, 0);
    submit();
  }

  // --- bios
  // -----------------------------------------------------------------------------------------------------

  private void submitData(BlockOperation operation, long offsetBytes, MemorySegment memory) {
    VolumeSpec spec = volume.spec();
    bio.start(
        operation, volume.sectorOf(offsetBytes), memory.byteSize() / QueueLimits.SECTOR_BYTES);
    bio.add(memory);
    bio.crypto(volume.key(), spec.dunRule().dunOf(offsetBytes / unitBytes));
    bio.fua(operation == BlockOperation.WRITE && request.fua());
    submit();
  }

  private void submit() {
    bio.completion(this);
    if (plug != null) {
      volume.device().submit(plug, bio);
    } else {
      volume.device().submit(bio);
    }
  }

  @Override
  public void done(Bio completed, BlockStatus status) {
    if (!status.ok()) {
      finish(Outcome.of(status));
      return;
    }
    switch (stage) {
      case DIRECT, FLUSH -> finish(NbdError.OK);
      case WINDOW_READ -> {
        window.copyTo(request.data(), request.offsetBytes());
        windowDone();
      }
      case WINDOW_FETCH -> fetchOrWrite();
      case WINDOW_WRITE -> windowDone();
      case ZERO -> zeroNext();
    }
  }

  private void finish(NbdError error) {
    MemorySegment chunk = window.takeChunk();
    if (chunk != null) {
      volume.giveBounce(chunk);
    }
    ExportRequest ended = request;
    request = null;
    if (locked) {
      locked = false;
      volume.locks().release(this);
    }
    ended.done(error);
    RoomProbe.leave(Room.VOLUME, ended.offsetBytes(), RoomProbe.NO_SLOT);
    turn.finishOne(volume.drive().parker());
  }
}
