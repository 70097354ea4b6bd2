package dev.keyslot.host.mmc;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.link.emmc.BlockCountFields;
import dev.keyslot.link.emmc.CardState;
import dev.keyslot.link.emmc.CardStatusFields;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.EraseArgument;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.HoleQueryFields;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The block driver of a card without command queue: one request at a time, command by command.
 *
 * <p>Requests wait in a bounded ring; whoever polls executes one with the host claimed. An
 * encrypted request is refused unless the host encrypts on this path: it never leaves in plain.
 */
final class SyncBlockDriver implements CardDriver {

  /** Requests that wait at once; the kernel's depth without a queue. */
  private static final int DEPTH = 64;

  private static final int TRIES_MAX = 3;

  /** A flush may take this long: Linux waits 30 s. */
  private static final long FLUSH_NANOS = 30_000_000_000L;

  /** A trim of 2 GiB on a slow medium. */
  private static final long TRIM_NANOS = 60_000_000_000L;

  /** Programming after a write. */
  private static final long PROGRAM_NANOS = 10_000_000_000L;

  private final MmcHost host;
  private final QueueLimits limits;
  private final CommandPath path;
  private final MmcCommand transfer = new MmcCommand();

  /** Guards the ring. */
  private final ReentrantLock lock = new ReentrantLock();

  private final BlockRequest[] ring = new BlockRequest[DEPTH];
  private int head;
  private int count;

  /** Whether the ring holds anything; for a look without the lock. */
  private volatile boolean waiting;

  private final CacheLoss cacheLoss = new CacheLoss();

  private volatile MmcCard card;
  private volatile boolean gone;
  private volatile boolean paused;

  SyncBlockDriver(MmcHost host, MmcCard card) {
    this.host = host;
    this.card = card;
    path = new CommandPath(host.ops());
    limits =
        new QueueLimits(
            card.capacitySectors(),
            DEPTH,
            MmcBlockDriver.SECTORS_MAX,
            MmcCommand.SEGMENTS_MAX,
            MmcBlockDriver.SECTORS_MAX * QueueLimits.SECTOR_BYTES,
            MmcBlockDriver.TRIM_SECTORS_MAX);
  }

  @Override
  public MmcCard card() {
    return card;
  }

  @Override
  public CacheLoss cacheLoss() {
    return cacheLoss;
  }

  @Override
  public boolean gone() {
    return gone;
  }

  @Override
  public boolean idle() {
    return !waiting;
  }

  @Override
  public void cardGone() {
    gone = true;
  }

  @Override
  public void cardBack(MmcCard again) {
    Checks.that(card.sameAs(again), "only the same card may come back: cid=%s", again.cid());
    if (card.losesCacheInReset()) {
      cacheLoss.cardReset();
    }
    card = again;
    gone = false;
    paused = false;
  }

  @Override
  public void pause() {
    paused = true;
  }

  @Override
  public void unpause() {
    paused = false;
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return switch (operation) {
      case READ, WRITE, FLUSH -> true;
      case DISCARD, WRITE_ZEROES -> card.trimsToZero();
    };
  }

  @Override
  public Disposition queue(BlockRequest request) {
    lock.lock();
    try {
      Checks.that(count < DEPTH, "a queue has at most %d requests", DEPTH);
      ring[(head + count) % DEPTH] = request;
      count++;
      waiting = true;
      return Disposition.TAKEN;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void commit() {
    // Requests are executed by poll.
  }

  @Override
  public int poll() {
    if (waiting && paused) {
      host.wanted();
    }
    int handled = host.ops().serviceInterrupt() + host.handleEvents();
    if (!waiting || heldBack() || !host.tryClaim()) {
      return handled;
    }
    BlockRequest request;
    BlockStatus status;
    try {
      // Looked at again: only with the host claimed does the answer last.
      request = heldBack() ? null : take();
      if (request == null) {
        return handled;
      }
      status = gone ? BlockStatus.OFFLINE : execute(request).status();
    } finally {
      host.unclaim();
    }
    request.complete(status);
    return handled + 1;
  }

  private boolean heldBack() {
    return paused && !gone;
  }

  private BlockRequest take() {
    lock.lock();
    try {
      if (count == 0) {
        return null;
      }
      BlockRequest oldest = ring[head];
      ring[head] = null;
      head = (head + 1) % DEPTH;
      count--;
      waiting = count > 0;
      return oldest;
    } finally {
      lock.unlock();
    }
  }

  private MmcError execute(BlockRequest request) {
    MmcError error = MmcError.NONE;
    for (int i = 0; i < TRIES_MAX; i++) {
      error = executeOnce(request);
      if (!error.isTransient()) {
        return error;
      }
      if (!host.ops().cardPresent()) {
        host.cardEvent(true);
        return MmcError.GONE;
      }
      if (host.ops().forgot() || !inTransferState()) {
        host.reset();
      } else if (error == MmcError.CRC) {
        host.tuningSuspect();
        host.retune();
      }
      if (gone) {
        return MmcError.GONE;
      }
    }
    return error;
  }

  /** Whether the card answers and waits for commands, as it does unless it was reset. */
  private boolean inTransferState() {
    MmcCommand asked = path.send(EmmcCommand.SEND_STATUS, CommandPath.rcaArgument(card.rca()));
    return asked.error() == MmcError.NONE
        && CardStatusFields.CURRENT_STATE.extractInt(asked.word(0)) == CardState.TRANSFER.code();
  }

  private MmcError executeOnce(BlockRequest request) {
    return switch (request.operation()) {
      case READ -> transfer(request, EmmcCommand.READ_MULTIPLE_BLOCK);
      case WRITE -> {
        MmcError error = transfer(request, EmmcCommand.WRITE_MULTIPLE_BLOCK);
        yield error == MmcError.NONE && request.fua() && !card.enhancedReliableWrite()
            ? flush()
            : error;
      }
      case FLUSH -> {
        MmcError error = flush();
        yield error == MmcError.NONE && cacheLoss.lost() ? MmcError.CARD : error;
      }
      case DISCARD, WRITE_ZEROES -> {
        MmcError error = trim(request);
        yield error == MmcError.NONE && request.fua() ? flush() : error;
      }
    };
  }

  /** CMD23 with the count, then the data, then the status until nothing is programming. */
  private MmcError transfer(BlockRequest request, EmmcCommand command) {
    if (request.crypto() != null && !host.ops().encryptsCommands()) {
      return MmcError.UNSUPPORTED;
    }
    boolean write = request.operation() == BlockOperation.WRITE;
    long blocks = BlockCountFields.COUNT.insert(0, request.sectors());
    blocks = BlockCountFields.RELIABLE_WRITE.insert(blocks, write && request.fua() ? 1 : 0);
    MmcError error = outcome(path.send(EmmcCommand.SET_BLOCK_COUNT, (int) blocks));
    if (error != MmcError.NONE) {
      return error;
    }
    transfer
        .set(command, card.address(request.startSector()))
        .data(write, QueueLimits.SECTOR_BYTES, request.sectors())
        .crypto(request.crypto(), request.keyslot());
    for (int i = 0; i < request.segmentCount(); i++) {
      transfer.add(request.segment(i));
    }
    host.ops().request(transfer);
    error = outcome(transfer);
    if (transfer.error() != MmcError.NONE) {
      path.send(EmmcCommand.STOP_TRANSMISSION, 0, PROGRAM_NANOS);
    }
    MmcError after = settle();
    if (write && !request.fua()) {
      cacheLoss.written();
    }
    return error == MmcError.NONE ? after : error;
  }

  private static MmcError outcome(MmcCommand sent) {
    return sent.error() == MmcError.NONE ? MmcError.ofCardStatus(sent.word(0)) : sent.error();
  }

  /** Asks for the status until the card is ready; what it shows then. */
  private MmcError settle() {
    long start = host.nanoTime();
    MmcError shown = MmcError.NONE;
    while (true) {
      MmcCommand asked = path.send(EmmcCommand.SEND_STATUS, CommandPath.rcaArgument(card.rca()));
      MmcError now = outcome(asked);
      shown = shown == MmcError.NONE ? now : shown;
      int state = CardStatusFields.CURRENT_STATE.extractInt(asked.word(0));
      boolean ready =
          state == CardState.TRANSFER.code()
              && CardStatusFields.READY_FOR_DATA.isSet(asked.word(0));
      if (asked.error() != MmcError.NONE || ready) {
        return shown;
      }
      if (host.nanoTime() - start > PROGRAM_NANOS) {
        return MmcError.TIMEOUT;
      }
      host.hardwareWait().step();
    }
  }

  private MmcError flush() {
    if (!card.cacheOn()) {
      return MmcError.NONE;
    }
    int argument = CommandPath.switchArgument(ExtCsd.FLUSH_CACHE, ExtCsdFields.FLUSH.mask32());
    cacheLoss.flushBegins();
    MmcError error = outcome(path.send(EmmcCommand.SWITCH, argument, FLUSH_NANOS));
    error = error == MmcError.NONE ? settle() : error;
    if (error == MmcError.NONE) {
      cacheLoss.flushed();
    }
    return error;
  }

  private MmcError trim(BlockRequest request) {
    int first = card.address(request.startSector());
    int last = card.address(request.startSector() + request.sectors() - 1);
    MmcError error = outcome(path.send(EmmcCommand.ERASE_GROUP_START, first));
    if (error == MmcError.NONE) {
      error = outcome(path.send(EmmcCommand.ERASE_GROUP_END, last));
    }
    if (error == MmcError.NONE) {
      error = outcome(path.send(EmmcCommand.ERASE, EraseArgument.TRIM, TRIM_NANOS));
    }
    cacheLoss.written();
    return error == MmcError.NONE ? settle() : error;
  }

  @Override
  public long extent(long sector) {
    long toEnd = limits.capacitySectors() - sector;
    if (!card.answersHoleQuery() || gone || paused) {
      return toEnd;
    }
    long block = sector / HoleQueryFields.BLOCK_SECTORS;
    int answer;
    host.claim();
    try {
      if (gone || paused) {
        return toEnd;
      }
      MmcCommand asked =
          path.send(EmmcCommand.VENDOR_HOLE_QUERY, (int) (block * HoleQueryFields.BLOCK_SECTORS));
      if (asked.error() != MmcError.NONE) {
        return toEnd;
      }
      answer = asked.word(0);
    } finally {
      host.unclaim();
    }
    return HoleAnswer.sectors(answer, sector, toEnd);
  }
}
