package dev.keyslot.host.block;

import dev.keyslot.base.Clock;
import dev.keyslot.base.metrics.RoomProbe;
import dev.keyslot.base.metrics.RoomProbe.Room;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.KeyslotException;
import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.block.integrity.T10Dif;
import java.lang.System.Logger.Level;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The queue in front of a driver: checks bios, forms requests, hands them down, completes the bios.
 *
 * <p>A bio that is encrypted in a way the hardware cannot do is refused; no plaintext ever takes
 * its place. Each bio is completed exactly once, outside all locks, after the keyslot of its last
 * request was released.
 *
 * <p>Safe from any thread, and nobody waits for anybody: who finds the lock taken leaves its bios
 * and requests in the {@link Inflow}s, and the thread that has the lock sees to them before it
 * goes. So a thread that loses its processor while it programs a key holds up its own work, and no
 * queue of threads forms behind it. The lock comes before those of the keyslots and of the driver.
 */
public final class RequestQueue implements BlockDevice {

  /**
   * Bios that may wait for a tag or a keyslot at once; more are refused with {@link
   * BlockStatus#DEV_RESOURCE}. Far above what readers with 31 requests a turn have in hand.
   */
  public static final int PARKED_BIOS_MAX = 8192;

  private static final String EXCLUDED =
      "integrity and hardware inline encryption are not supported together: hardware inline"
          + " encryption is off";

  private static final System.Logger LOG = System.getLogger(RequestQueue.class.getName());

  private final BlockDriver driver;
  private final QueueLimits limits;
  private final ReentrantLock lock = new ReentrantLock();

  /** Bios that were submitted. */
  private final Inflow<Bio> arrived = new Inflow<>();

  /** Requests that the driver gave back. */
  private final Inflow<BlockRequest> returned = new Inflow<>();

  private final RequestFactory factory;

  /** Whether anything waits here; for a look without the lock. */
  private volatile boolean parked;

  /** One of the threads inside {@link #poll}: its completions are seen to together. */
  private volatile Thread poller;

  private volatile KeyslotManager keyslots;

  /** Where keys were put before integrity took {@link #keyslots} away. */
  private volatile KeyslotManager evictFrom;

  /** Null when data is not protected. */
  private volatile T10Dif integrity;

  /** Null while nothing forbids encryption by the hardware. */
  private volatile String cryptoExcluded;

  /** A queue that does not time how long requests wait for keyslots. */
  public RequestQueue(BlockDriver driver) {
    this(driver, () -> 0);
  }

  /** A queue over {@code driver}; its waits for keyslots are timed by {@code clock}. */
  public RequestQueue(BlockDriver driver, Clock clock) {
    this.driver = driver;
    limits = driver.limits();
    factory = new RequestFactory(this, limits, PARKED_BIOS_MAX, clock);
  }

  /**
   * From now on encrypts with {@code manager}: the kernel's blk_crypto_register. A plain setter: no
   * ownership, no counterpart. Refused, with a warning, where integrity is registered.
   *
   * @return whether it was taken
   */
  public boolean setKeyslotManager(KeyslotManager manager) {
    lock.lock();
    try {
      if (integrity != null) {
        excludeCrypto();
        return false;
      }
      evictFrom = manager;
      keyslots = manager;
      return true;
    } finally {
      lock.unlock();
      seeToInflow();
    }
  }

  /**
   * Protects the data of this queue with checksums beside it. Hardware encryption is off from now
   * on: a checksum of plaintext must not lie beside ciphertext. Requests under way keep their
   * slots.
   */
  public void registerIntegrity(T10Dif profile) {
    lock.lock();
    try {
      integrity = profile;
      if (keyslots != null) {
        keyslots = null;
        excludeCrypto();
      }
    } finally {
      lock.unlock();
      seeToInflow();
    }
  }

  private void excludeCrypto() {
    if (cryptoExcluded == null) {
      cryptoExcluded = EXCLUDED;
      LOG.log(Level.WARNING, EXCLUDED);
    }
  }

  /** How data is protected, or null when it is not. */
  public T10Dif integrity() {
    return integrity;
  }

  /** Why the hardware's encryption is not used although it could; null when nothing forbids it. */
  public String cryptoExcluded() {
    return cryptoExcluded;
  }

  /**
   * The attribute tree {@code queue/}: the files of {@code crypto/} where the hardware encrypts;
   * our own {@code crypto_excluded} with the reason where it might and must not.
   */
  public SortedMap<String, String> attributes() {
    SortedMap<String, String> files = new TreeMap<>();
    KeyslotManager manager = keyslots;
    if (manager != null) {
      manager.attributes().forEach((name, content) -> files.put("crypto/" + name, content));
    }
    if (cryptoExcluded != null) {
      files.put("crypto_excluded", cryptoExcluded + "\n");
    }
    return files;
  }

  /** Who manages the keyslots, or null when the hardware cannot encrypt. */
  public KeyslotManager keyslotManager() {
    return keyslots;
  }

  @Override
  public QueueLimits limits() {
    return limits;
  }

  @Override
  public boolean supports(BlockOperation operation) {
    return driver.supports(operation);
  }

  @Override
  public boolean cryptoSupported(CryptoConfig config) {
    KeyslotManager manager = keyslots;
    return manager != null && manager.supports(config);
  }

  @Override
  public BlockStatus startUsingKey(CryptoKey key) {
    return cryptoSupported(key.config()) ? BlockStatus.OK : BlockStatus.NOTSUPP;
  }

  @Override
  public void evictKey(CryptoKey key) {
    KeyslotManager manager = evictFrom;
    if (manager == null || !manager.supports(key.config())) {
      return;
    }
    try {
      manager.evict(key);
    } catch (KeyslotException failure) {
      LOG.log(Level.WARNING, "key not evicted from the hardware: " + key, failure);
    }
  }

  @Override
  public long extent(long sector) {
    return driver.extent(sector);
  }

  @Override
  public void submit(Bio bio) {
    if (accept(bio)) {
      arrived.add(bio);
      dispatch();
    }
  }

  @Override
  public void submit(Plug plug, Bio bio) {
    if (accept(bio)) {
      plug.add(bio);
      if (plug.count() >= Plug.MAX_BIOS) {
        finish(plug);
      }
    }
  }

  @Override
  public void finish(Plug plug) {
    if (!plug.isEmpty()) {
      plug.pour(arrived);
      dispatch();
    }
  }

  private boolean accept(Bio bio) {
    bio.take();
    RoomProbe.enter(Room.BLOCK, bio.sector(), RoomProbe.NO_SLOT);
    BlockStatus verdict = BioCheck.check(bio, this);
    if (verdict.ok()) {
      return true;
    }
    RoomProbe.leave(Room.BLOCK, bio.sector(), RoomProbe.NO_SLOT);
    bio.complete(verdict);
    return false;
  }

  @Override
  public int poll() {
    Thread self = Thread.currentThread();
    poller = self;
    int done;
    try {
      done = driver.poll();
    } finally {
      if (poller == self) {
        poller = null;
      }
    }
    return parked || hasInflow() ? done + dispatch() : done;
  }

  /**
   * Takes what flowed in, forms requests while tags and keyslots last, hands them to the driver and
   * completes what is done; leaves all that to the thread that does it already, if there is one.
   *
   * @return requests that the driver was offered by this thread and will not see again
   */
  private int dispatch() {
    int progress = 0;
    int step;
    do {
      if (lock.isHeldByCurrentThread() || !lock.tryLock()) {
        return progress; // whoever has it looks into the inflow once more after letting go
      }
      Bio done;
      try {
        letIn();
        step = offer(factory.form(keyslots));
        done = factory.takeDone();
        parked = factory.isParked();
      } finally {
        lock.unlock();
      }
      complete(done);
      progress += step;
    } while (hasInflow() || (step > 0 && parked));
    return progress;
  }

  private boolean hasInflow() {
    return !arrived.isEmpty() || !returned.isEmpty();
  }

  private void letIn() {
    BlockRequest request = returned.takeAll();
    while (request != null) {
      BlockRequest rest = request.next;
      request.next = null;
      if (request.outcome == null) {
        factory.putBack(request);
      } else {
        factory.retire(request);
      }
      request = rest;
    }
    Bio bio = arrived.takeAll();
    while (bio != null) {
      Bio rest = bio.next;
      factory.park(bio);
      bio = rest;
    }
  }

  /**
   * Hands requests to the driver, in order; those it is too busy for come back first. Under the
   * lock.
   */
  private int offer(BlockRequest ready) {
    int taken = 0;
    int refused = 0;
    BlockRequest request = ready;
    while (request != null) {
      BlockRequest rest = request.next;
      request.next = null;
      RoomProbe.enter(Room.MMC, request.startSector(), request.tag());
      switch (driver.queue(request)) {
        case TAKEN -> taken++;
        case REFUSED -> {
          refused++;
          leaveDriver(request, BlockStatus.IOERR);
          factory.retire(request);
        }
        case BUSY -> {
          leaveDriver(request, null); // the others have not been there
          for (BlockRequest other = rest; other != null; other = other.next) {
            other.takeBack();
          }
          request.next = rest;
          factory.putBack(request);
          rest = null;
        }
      }
      request = rest;
    }
    if (taken > 0) {
      driver.commit();
    }
    return taken + refused;
  }

  private static void leaveDriver(BlockRequest request, BlockStatus outcome) {
    request.takeBack();
    request.outcome = outcome;
    RoomProbe.leave(Room.MMC, request.startSector(), request.tag());
  }

  /** {@link BlockRequest#complete}. */
  void completed(BlockRequest request, BlockStatus status) {
    leaveDriver(request, status);
    returned.add(request);
    if (poller != Thread.currentThread()) {
      dispatch();
    }
  }

  /** {@link BlockRequest#requeue}: offered again by the next {@link #poll}. */
  void requeued(BlockRequest request) {
    leaveDriver(request, null);
    returned.add(request);
  }

  private static void complete(Bio chain) {
    Bio bio = chain;
    while (bio != null) {
      Bio rest = bio.next;
      bio.next = null;
      RoomProbe.leave(Room.BLOCK, bio.sector(), RoomProbe.NO_SLOT);
      bio.complete();
      bio = rest;
    }
  }

  /** Requests and bios inside: 0 when everything submitted was completed. */
  public int unfinished() {
    lock.lock();
    try {
      return factory.unfinished() + arrived.count();
    } finally {
      lock.unlock();
      seeToInflow();
    }
  }

  /** What any holder of the lock but {@link #dispatch} does after letting go. */
  private void seeToInflow() {
    if (hasInflow()) {
      dispatch();
    }
  }
}
