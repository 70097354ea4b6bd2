package dev.keyslot.host.mmc;

import dev.keyslot.base.Checks;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockRequest;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.EraseArgument;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Users of the one slot for direct commands, one after the other: flushes, trims, hole queries.
 *
 * <p>A trim is three commands (35, 36, 38) that no other direct command may break into: a job keeps
 * the slot until its last command is done, the others wait in a bounded queue, parked, not blocked.
 * The last command of a trim and a flush carry a barrier. Safe from any thread; its lock is taken
 * before the driver's.
 */
final class DirectCommands {

  /** Block requests in flight, each at most once. */
  private static final int TAGS_MAX = 32;

  /** Threads that may ask for an extent at once; the next ones try again. */
  private static final int QUERIES_MAX = 32;

  private static final int NONE = -1;

  /** Tries of a job that keeps failing without a verdict of the card. */
  private static final int TRIES_MAX = 3;

  private static final int FLUSH_ARGUMENT =
      CommandPath.switchArgument(ExtCsd.FLUSH_CACHE, ExtCsdFields.FLUSH.mask32());

  /** What the slot's owner does now. */
  private enum Step {
    ERASE_START,
    ERASE_END,
    ERASE,
    FLUSH,
    QUERY
  }

  /** A hole query that a thread waits for. */
  private static final class Query {
    private boolean used;
    private int sector;
    private int answer;
    private MmcError error = MmcError.NONE;
    private volatile boolean done;
  }

  private final MmcBlockDriver driver;
  private final MmcRequest request;
  private final ReentrantLock lock = new ReentrantLock();

  /** By tag: the request whose job waits or runs. */
  private final BlockRequest[] blocks = new BlockRequest[TAGS_MAX];

  private final Query[] queries = new Query[QUERIES_MAX];

  /** Jobs in order of arrival: tags, and from {@link #TAGS_MAX} queries. */
  private final int[] waiting = new int[TAGS_MAX + QUERIES_MAX];

  private int head;
  private int count;
  private int current = NONE;
  private Step step = Step.FLUSH;
  private int tries;

  /** Recoveries that the current job was lost in. */
  private int losses;

  /** The current step is not with the engine: it was busy when the step was to be started. */
  private volatile boolean stalled;

  DirectCommands(MmcBlockDriver driver, int slot) {
    this.driver = driver;
    request = new MmcRequest(slot, this::ended, driver::open);
    for (int i = 0; i < QUERIES_MAX; i++) {
      queries[i] = new Query();
    }
  }

  MmcRequest request() {
    return request;
  }

  /** Whether no job has the slot or waits for it. */
  boolean idle() {
    lock.lock();
    try {
      return current == NONE;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a flush, discard or write-zeroes, or the flush that a written request still needs. */
  void enqueue(BlockRequest block) {
    lock.lock();
    try {
      blocks[block.tag()] = block;
      append(block.tag());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Enqueues a hole query.
   *
   * @return its handle, or -1 if too many wait
   */
  int enqueueQuery(int sector) {
    lock.lock();
    try {
      for (int i = 0; i < QUERIES_MAX; i++) {
        Query query = queries[i];
        if (!query.used) {
          query.used = true;
          query.sector = sector;
          query.error = MmcError.NONE;
          query.done = false;
          append(TAGS_MAX + i);
          return i;
        }
      }
      return NONE;
    } finally {
      lock.unlock();
    }
  }

  boolean queryDone(int handle) {
    return queries[handle].done;
  }

  /** Gives the handle back. */
  MmcError finishQuery(int handle, int[] answer) {
    lock.lock();
    try {
      Query query = queries[handle];
      Checks.that(query.done, "query must be done before it is finished: handle=%d", handle);
      query.used = false;
      answer[0] = query.answer;
      return query.error;
    } finally {
      lock.unlock();
    }
  }

  /** Tries again to start what the engine was too busy for; without a card it fails. */
  int kick() {
    if (!stalled) {
      return 0;
    }
    if (driver.gone()) {
      failAll(MmcError.GONE); // what came just after everything else had been failed
      return 1;
    }
    lock.lock();
    try {
      if (!stalled) {
        return 0;
      }
      // What was done of a sequence before the engine stopped is lost.
      step = firstStep();
      if (!start()) {
        return 0;
      }
    } finally {
      lock.unlock();
    }
    driver.commit();
    return 1;
  }

  private void append(int job) {
    waiting[(head + count) % waiting.length] = job;
    count++;
    if (current == NONE) {
      next();
    }
  }

  /** Makes the oldest waiting job the owner of the slot and starts it. */
  private void next() {
    current = NONE;
    stalled = false;
    if (count == 0) {
      return;
    }
    current = waiting[head];
    head = (head + 1) % waiting.length;
    count--;
    tries = 0;
    losses = 0;
    step = firstStep();
    start();
  }

  private Step firstStep() {
    if (current >= TAGS_MAX) {
      return Step.QUERY;
    }
    return switch (blocks[current].operation()) {
      case DISCARD, WRITE_ZEROES -> Step.ERASE_START;
      case READ, WRITE, FLUSH -> Step.FLUSH;
    };
  }

  /** Whether the engine took the current step. */
  private boolean start() {
    MmcCard card = driver.card();
    BlockRequest block = current < TAGS_MAX ? blocks[current] : null;
    switch (step) {
      case ERASE_START ->
          request.setCommand(
              EmmcCommand.ERASE_GROUP_START, card.address(block.startSector()), false);
      case ERASE_END ->
          request.setCommand(
              EmmcCommand.ERASE_GROUP_END,
              card.address(block.startSector() + block.sectors() - 1),
              false);
      case ERASE -> request.setCommand(EmmcCommand.ERASE, EraseArgument.TRIM, true);
      case FLUSH -> request.setCommand(EmmcCommand.SWITCH, FLUSH_ARGUMENT, true);
      case QUERY ->
          request.setCommand(
              EmmcCommand.VENDOR_HOLE_QUERY, queries[current - TAGS_MAX].sector, false);
    }
    if (step == Step.FLUSH) {
      driver.cacheLoss().flushBegins();
    }
    stalled = !driver.startDirect(request);
    return !stalled;
  }

  private void ended(MmcRequest ended) {
    BlockRequest completed = null;
    driver.directEnded(ended);
    MmcError error = driver.gone() ? MmcError.GONE : verdict(ended);
    boolean lost = ended.lost() && error == MmcError.NONE;
    lock.lock();
    try {
      Step following = error == MmcError.NONE && !lost ? followingStep() : null;
      boolean again =
          lost
              ? ++losses < MmcBlockDriver.LOST_MAX
              : error.isTransient() && ++tries < TRIES_MAX && !driver.gone();
      if (lost && !again) {
        error = MmcError.TIMEOUT;
      }
      if (following != null) {
        step = following;
        start();
      } else if (again) {
        step = firstStep();
        start();
      } else {
        completed = finishJob(current, error);
        next();
      }
    } finally {
      lock.unlock();
    }
    driver.commit();
    if (completed != null) {
      driver.complete(completed, error.status());
    }
  }

  /** The request's error, or that what a flush was to make durable is gone. */
  private MmcError verdict(MmcRequest ended) {
    boolean good = ended.error() == MmcError.NONE && !ended.lost();
    switch (step) {
      case FLUSH -> {
        boolean kept = !good || driver.cacheLoss().flushed();
        if (!kept && blocks[current].operation() == BlockOperation.FLUSH) {
          return MmcError.CARD; // others asked for their own data alone, and that is there
        }
      }
      case ERASE -> driver.cacheLoss().written();
      case ERASE_START, ERASE_END, QUERY -> {}
    }
    return ended.error();
  }

  /** What the current job does after its present step; null if that was the last. */
  private Step followingStep() {
    return switch (step) {
      case ERASE_START -> Step.ERASE_END;
      case ERASE_END -> Step.ERASE;
      case ERASE -> blocks[current].fua() ? Step.FLUSH : null;
      case FLUSH, QUERY -> null;
    };
  }

  /** Ends the job; the block request to complete, or null after a query. */
  private BlockRequest finishJob(int job, MmcError error) {
    if (job < TAGS_MAX) {
      BlockRequest block = blocks[job];
      blocks[job] = null;
      return block;
    }
    Query query = queries[job - TAGS_MAX];
    query.error = error;
    query.answer = request.response();
    query.done = true;
    return null;
  }

  /** Ends every job that is not with the engine; the one that is ends through its request. */
  void failAll(MmcError why) {
    int job;
    do {
      BlockRequest failed = null;
      lock.lock();
      try {
        job = takeUnstarted();
        if (job != NONE) {
          failed = finishJob(job, why);
        }
      } finally {
        lock.unlock();
      }
      if (failed != null) {
        driver.complete(failed, why.status());
      }
    } while (job != NONE);
  }

  private int takeUnstarted() {
    if (stalled) {
      int job = current;
      current = NONE;
      stalled = false;
      return job;
    }
    if (count == 0) {
      return NONE;
    }
    int job = waiting[head];
    head = (head + 1) % waiting.length;
    count--;
    return job;
  }
}
