package dev.keyslot.host.mmc;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.QueueLimits;
import dev.keyslot.link.emmc.HoleQueryFields;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The block driver of one card with a command queue: block requests become tasks of the engine.
 *
 * <p>A data request's tag is its slot (0 to 30); the last slot takes flushes, trims and hole
 * queries as direct commands. Nothing is allocated per request. It outlives the card's absence: the
 * same card put in again serves on, another one never does. Safe from any thread.
 */
public final class MmcBlockDriver implements CardDriver {

  /** Sectors in one data request: one buffer chunk of 1 MiB. */
  static final int SECTORS_MAX = 2048;

  /** Sectors in one trim: 2 GiB, so that a trim holds other direct commands up only briefly. */
  static final int TRIM_SECTORS_MAX = 1 << 22;

  /** The slot that direct commands have. */
  static final int DIRECT_SLOT = 31;

  /** Tries of a request after transient errors, the first included: the kernel's limit. */
  private static final int TRIES_MAX = 3;

  /**
   * Recoveries of others that a request is started again after: all others in the queue may fail as
   * often as they are tried. More is a controller that never stays up.
   */
  static final int LOST_MAX = 100;

  /** A request may take this long before the engine is asked about it: the kernel's 60 s. */
  static final long REQUEST_LIMIT_NANOS = 60_000_000_000L;

  /** A flush or a trim may take this long: the kernel's 600 s for what is synchronous there. */
  static final long DIRECT_LIMIT_NANOS = 600_000_000_000L;

  private static final long LOOK_NANOS = 1_000_000_000L;

  private final MmcHost host;
  private final QueueLimits limits;
  private final MmcRequest[] tasks = new MmcRequest[DIRECT_SLOT];
  private final BlockRequest[] blocks = new BlockRequest[DIRECT_SLOT];

  /** By tag: tries so far. Each entry belongs to whoever has the request. */
  private final int[] tries = new int[DIRECT_SLOT];

  /** By tag: recoveries that it was lost in. Each entry belongs to whoever has the request. */
  private final int[] losses = new int[DIRECT_SLOT];

  /** By slot: when the request was started. */
  private final long[] startedNanos = new long[DIRECT_SLOT + 1];

  /** Requests that are with the engine, by slot. */
  private final AtomicInteger inEngine = new AtomicInteger();

  private final DirectCommands direct;

  /** Requests refused in {@link #queue}, to be completed by {@link #poll}: tags and outcomes. */
  private final AtomicInteger refusedTags = new AtomicInteger();

  private final BlockStatus[] refusals = new BlockStatus[DIRECT_SLOT];

  private final CacheLoss cacheLoss = new CacheLoss();

  private volatile MmcCard card;
  private volatile boolean gone;

  /** The engine is off for a while: requests wait in the queue above. */
  private volatile boolean paused;

  private volatile long nextLookNanos;

  MmcBlockDriver(MmcHost host, MmcCard card) {
    this.host = host;
    this.card = card;
    int depth = Math.min(card.queueDepth(), DIRECT_SLOT);
    limits =
        new QueueLimits(
            card.capacitySectors(),
            depth,
            SECTORS_MAX,
            MmcRequest.SEGMENTS_MAX,
            SECTORS_MAX * QueueLimits.SECTOR_BYTES,
            TRIM_SECTORS_MAX);
    for (int slot = 0; slot < DIRECT_SLOT; slot++) {
      tasks[slot] = new MmcRequest(slot, this::ended, this::open);
    }
    direct = new DirectCommands(this, DIRECT_SLOT);
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
    if (gone) {
      return refuse(request, BlockStatus.OFFLINE);
    }
    if (paused) {
      host.wanted();
      return Disposition.BUSY;
    }
    return switch (request.operation()) {
      case READ, WRITE -> queueData(request);
      case FLUSH -> {
        if (!card.cacheOn()) {
          yield refuse(request, BlockStatus.OK);
        }
        direct.enqueue(request);
        yield Disposition.TAKEN;
      }
      case DISCARD, WRITE_ZEROES -> {
        if (!card.trimsToZero()) {
          yield refuse(request, BlockStatus.NOTSUPP);
        }
        direct.enqueue(request);
        yield Disposition.TAKEN;
      }
    };
  }

  private Disposition queueData(BlockRequest request) {
    int tag = request.tag();
    boolean write = request.operation() == BlockOperation.WRITE;
    MmcRequest task = tasks[tag];
    task.setData(write, (int) request.startSector(), request.sectors());
    task.reliable(write && request.fua());
    for (int i = 0; i < request.segmentCount(); i++) {
      task.add(request.segment(i));
    }
    if (request.crypto() != null) {
      if (!host.has(MmcHost.CAP2_CRYPTO)) {
        return refuse(request, BlockStatus.NOTSUPP);
      }
      task.setCrypto(request.crypto(), request.keyslot());
    }
    blocks[tag] = request;
    return switch (start(task)) {
      case STARTED -> Disposition.TAKEN;
      case BUSY -> Disposition.BUSY;
      case REFUSED -> refuse(request, task.error().status());
    };
  }

  /** Whether requests may start. */
  boolean open() {
    return !paused && !gone;
  }

  private CqeOps.Start start(MmcRequest task) {
    startedNanos[task.slot()] = host.nanoTime();
    enterEngine(task.slot());
    CqeOps.Start started = host.cqeOps().request(task);
    if (started != CqeOps.Start.STARTED) {
      leaveEngine(task.slot());
    }
    return started;
  }

  private void enterEngine(int slot) {
    inEngine.getAndAccumulate(SlotMask.of(slot), SlotMask::with);
  }

  private void leaveEngine(int slot) {
    inEngine.getAndAccumulate(SlotMask.of(slot), SlotMask::without);
  }

  /** Whether the engine took the direct command. */
  boolean startDirect(MmcRequest request) {
    if (paused) {
      host.wanted();
    }
    return open() && start(request) == CqeOps.Start.STARTED;
  }

  /** Takes the request and lets the next {@link #poll} complete it. */
  private Disposition refuse(BlockRequest request, BlockStatus status) {
    int tag = request.tag();
    blocks[tag] = request;
    refusals[tag] = status;
    refusedTags.getAndAccumulate(SlotMask.of(tag), SlotMask::with);
    return Disposition.TAKEN;
  }

  @Override
  public void commit() {
    host.ops().commit();
  }

  @Override
  public int poll() {
    int done = host.ops().serviceInterrupt();
    done += completeRefused();
    done += direct.kick();
    done += host.handleEvents();
    return done > 0 ? done : lookForLateRequests();
  }

  private int completeRefused() {
    if (refusedTags.get() == 0) {
      return 0;
    }
    int tags = refusedTags.getAndSet(0);
    for (int rest = tags; rest != 0; rest = SlotMask.withoutLowest(rest)) {
      int tag = SlotMask.lowest(rest);
      complete(blocks[tag], refusals[tag]);
    }
    return Integer.bitCount(tags);
  }

  /** Asks the engine about requests that take longer than they may; at most once a second. */
  private int lookForLateRequests() {
    if (inEngine.get() == 0) {
      return 0;
    }
    long now = host.nanoTime();
    if (now - nextLookNanos < 0) {
      return 0;
    }
    nextLookNanos = now + LOOK_NANOS;
    if (host.ops().forgot()) {
      host.requestReset();
      return 1;
    }
    for (int rest = inEngine.get(); rest != 0; rest = SlotMask.withoutLowest(rest)) {
      int slot = SlotMask.lowest(rest);
      boolean isDirect = slot == DIRECT_SLOT;
      long limit = isDirect ? DIRECT_LIMIT_NANOS : REQUEST_LIMIT_NANOS;
      if (now - startedNanos[slot] > limit
          && host.cqeOps().timeout(isDirect ? direct.request() : tasks[slot])) {
        host.requestRecovery();
        return 1;
      }
    }
    return 0;
  }

  private void ended(MmcRequest task) {
    int tag = task.slot();
    leaveEngine(tag);
    host.cqeOps().postReq(task);
    BlockRequest request = blocks[tag];
    MmcError error = gone ? MmcError.GONE : task.error();
    if (error == MmcError.CRYPTO) {
      host.keysSuspect();
    } else if (error == MmcError.CRC) {
      host.tuningSuspect();
    }
    boolean lost = error == MmcError.NONE && task.lost();
    if (lost && ++losses[tag] < LOST_MAX) {
      request.requeue();
    } else if (lost) {
      complete(request, MmcError.TIMEOUT.status());
    } else if (error.isTransient() && ++tries[tag] < TRIES_MAX) {
      request.requeue();
    } else if (error == MmcError.NONE && needsFlush(task)) {
      direct.enqueue(request);
      commit();
    } else {
      if (task.write() && !task.reliable()) {
        cacheLoss.written();
      }
      complete(request, error.status());
    }
  }

  /** A reliable write of any length is durable by itself; where the card lacks it we flush. */
  private boolean needsFlush(MmcRequest task) {
    return task.reliable() && card.cacheOn() && !card.enhancedReliableWrite();
  }

  void directEnded(MmcRequest request) {
    leaveEngine(DIRECT_SLOT);
    host.cqeOps().postReq(request);
  }

  void complete(BlockRequest request, BlockStatus status) {
    tries[request.tag()] = 0;
    losses[request.tag()] = 0;
    request.complete(status);
  }

  @Override
  public void cardGone() {
    gone = true;
    direct.failAll(MmcError.GONE);
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
  public boolean idle() {
    return inEngine.get() == 0 && direct.idle();
  }

  @Override
  public long extent(long sector) {
    long toEnd = limits.capacitySectors() - sector;
    if (!card.answersHoleQuery() || gone) {
      return toEnd;
    }
    long block = sector / HoleQueryFields.BLOCK_SECTORS;
    int handle = awaitQuerySlot((int) (block * HoleQueryFields.BLOCK_SECTORS));
    while (!direct.queryDone(handle)) {
      drive();
    }
    int[] answer = new int[1];
    MmcError error = direct.finishQuery(handle, answer);
    return error == MmcError.NONE ? HoleAnswer.sectors(answer[0], sector, toEnd) : toEnd;
  }

  private int awaitQuerySlot(int sector) {
    int handle = direct.enqueueQuery(sector);
    while (handle < 0) {
      drive();
      handle = direct.enqueueQuery(sector);
    }
    commit();
    return handle;
  }

  private void drive() {
    if (poll() == 0) {
      host.hardwareWait().step();
    }
  }
}
