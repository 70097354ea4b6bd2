package dev.keyslot.host.block;

import dev.keyslot.base.BriefLock;
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

/**
 * The queue in front of a driver: checks bios, forms requests, hands them down, completes the bios.
 *
 * <p>A bio that is encrypted in a way the hardware cannot do is refused; no plaintext ever takes
 * its place. Each bio is completed exactly once, outside all locks, after the keyslot of its last
 * request was released. Safe from any thread: one lock for everything, taken before those of the
 * keyslots and of the driver; the driver is called without it.
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
  private final BriefLock lock = new BriefLock();
  private final RequestFactory factory;

  /** Whether anything waits here; for a look without the lock. */
  private volatile boolean parked;

  /** One of the threads inside {@link #poll}: its completions need not dispatch one by one. */
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
      lock.lock();
      try {
        factory.park(bio);
      } finally {
        lock.unlock();
      }
      dispatch(null);
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
    if (plug.isEmpty()) {
      return;
    }
    dispatch(plug);
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
    return parked ? done + dispatch(null) : done;
  }

  /**
   * Forms requests while tags and keyslots last and hands them to the driver.
   *
   * @param arrived bios to let in first, under the same lock; null for none
   */
  private int dispatch(Plug arrived) {
    int progress = 0;
    int step;
    Plug plug = arrived;
    do {
      BlockRequest ready;
      Bio done;
      lock.lock();
      try {
        if (plug != null) {
          park(plug);
          plug = null;
        }
        ready = factory.form(keyslots);
        done = factory.takeDone();
        parked = factory.isParked();
      } finally {
        lock.unlock();
      }
      step = complete(done) + offer(ready);
      progress += step;
    } while (step > 0 && parked);
    return progress;
  }

  private void park(Plug plug) {
    for (int i = 0; i < plug.count(); i++) {
      factory.park(plug.bio(i));
    }
    plug.clear();
  }

  /** Hands requests to the driver, in order; those it is too busy for come back first. */
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
          complete(retire(request, BlockStatus.IOERR));
        }
        case BUSY -> {
          request.next = rest;
          putBack(request);
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

  /** {@link BlockRequest#complete}. */
  void completed(BlockRequest request, BlockStatus status) {
    complete(retire(request, status));
    if (parked && poller != Thread.currentThread()) {
      dispatch(null);
    }
  }

  /** {@link BlockRequest#requeue}. */
  void requeued(BlockRequest request) {
    request.next = null;
    putBack(request);
  }

  private void putBack(BlockRequest chain) {
    RoomProbe.leave(Room.MMC, chain.startSector(), chain.tag()); // the others have not been there
    lock.lock();
    try {
      factory.putBack(chain);
      parked = true;
    } finally {
      lock.unlock();
    }
  }

  /** Frees what the request held; the bios that are thereby done come back as a chain. */
  private Bio retire(BlockRequest request, BlockStatus status) {
    RoomProbe.leave(Room.MMC, request.startSector(), request.tag());
    lock.lock();
    try {
      factory.retire(request, status);
      return factory.takeDone();
    } finally {
      lock.unlock();
    }
  }

  private static int complete(Bio chain) {
    int count = 0;
    for (Bio bio = chain; bio != null; count++) {
      Bio rest = bio.next;
      bio.next = null;
      RoomProbe.leave(Room.BLOCK, bio.sector(), RoomProbe.NO_SLOT);
      bio.complete();
      bio = rest;
    }
    return count;
  }

  /** Requests and bios inside: 0 when everything submitted was completed. */
  public int unfinished() {
    lock.lock();
    try {
      return factory.unfinished();
    } finally {
      lock.unlock();
    }
  }
}
