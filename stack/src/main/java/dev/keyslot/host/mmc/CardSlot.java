package dev.keyslot.host.mmc;

import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.link.emmc.EmmcCommand;
import dev.keyslot.link.emmc.ExtCsd;
import dev.keyslot.link.emmc.ExtCsdFields;
import dev.keyslot.link.emmc.ResponseKind;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What happens to the card in a host's slot: found, attached, recovered, reset, put to sleep, gone.
 *
 * <p>Everything but the two requests for attention runs with the host claimed. Completions happen
 * outside the driver's locks but inside the claim.
 */
final class CardSlot {

  private static final Logger LOG = System.getLogger(CardSlot.class.getName());

  /** Limit on CMD12 and CMD48 in recovery. */
  private static final long RECOVERY_BUSY_NANOS = 1_000_000_000L;

  /** Limit on a cache flush outside the queue: Linux waits 30 s. */
  private static final long FLUSH_NANOS = 30_000_000_000L;

  /** Linux tries as often, at lower clocks. */
  private static final int BRING_UP_TRIES = 4;

  /** CMD48: discard the whole queue. */
  private static final int DISCARD_QUEUE = 1;

  private final MmcHost host;
  private final Device device;
  private final MemorySegment buffer;
  private final CommandPath path;
  private final ReentrantLock claim = new ReentrantLock();

  private volatile boolean recoveryNeeded;
  private volatile boolean resetNeeded;
  private volatile boolean keysSuspect;
  private volatile boolean cardEvent;
  private volatile CardDriver driver;
  private volatile RequestQueue queue;
  private volatile String problem;
  private boolean suspended;

  CardSlot(MmcHost host, Device device, MemorySegment buffer) {
    this.host = host;
    this.device = device;
    this.buffer = buffer;
    path = new CommandPath(host.ops());
  }

  RequestQueue queue() {
    return queue;
  }

  CardDriver driver() {
    return driver;
  }

  String problem() {
    return problem;
  }

  void requestRecovery() {
    recoveryNeeded = true;
  }

  void requestReset() {
    resetNeeded = true;
  }

  void keysSuspect() {
    keysSuspect = true;
  }

  void cardEvent() {
    cardEvent = true;
  }

  void claim() {
    claim.lock();
  }

  boolean tryClaim() {
    return claim.tryLock();
  }

  void unclaim() {
    claim.unlock();
  }

  int handleEvents() {
    if (!(recoveryNeeded || resetNeeded || cardEvent) || !claim.tryLock()) {
      return 0;
    }
    try {
      int handled = 0;
      if (cardEvent) {
        cardEvent = false;
        detect();
        handled++;
      }
      if (resetNeeded) {
        resetNeeded = false;
        reset();
        handled++;
      }
      if (recoveryNeeded) {
        recover();
        handled++;
      }
      return handled;
    } finally {
      claim.unlock();
    }
  }

  /** Power on and the initial state; before any card is looked for. */
  void powerUp() {
    claim.lock();
    try {
      setInitialState();
    } finally {
      claim.unlock();
    }
  }

  /** The kernel's mmc_set_initial_state: bus settings, then the crypto hook. */
  private void setInitialState() {
    host.ops().setIos(CardBringUp.INITIAL);
    emit(LifecycleStep.INITIAL_STATE);
    if (host.has(MmcHost.CAP2_CRYPTO)) {
      host.keyslots().reprogramAll();
      emit(LifecycleStep.KEYS_REPROGRAMMED);
    }
  }

  void detect() {
    claim.lock();
    try {
      boolean present = host.ops().cardPresent();
      boolean inService = driver != null && !driver.gone();
      if (inService && !present) {
        detach();
      } else if (!inService && present) {
        find();
      }
    } finally {
      claim.unlock();
    }
  }

  /** Brings up the card in the slot; the same card goes on, another one gets its own queue. */
  private void find() {
    try {
      MmcCard card = bringUp();
      if (driver != null && driver.card().sameAs(card)) {
        enable(card);
        driver.cardBack(card);
      } else {
        attach(card);
      }
      problem = null;
      emit(LifecycleStep.CARD_ATTACHED);
    } catch (CardException failure) {
      problem = failure.getMessage();
      LOG.log(Level.WARNING, "card not in service: device={0}: {1}", device.name(), problem);
    }
  }

  private MmcCard bringUp() throws CardException {
    MmcCard card = new CardBringUp(host, path, device.hardwareWait(), buffer).run();
    emit(LifecycleStep.CARD_FOUND);
    return card;
  }

  private void attach(MmcCard card) throws CardException {
    enable(card);
    CardDriver newDriver =
        card.queueOn() ? new MmcBlockDriver(host, card) : new SyncBlockDriver(host, card);
    RequestQueue newQueue = new RequestQueue(newDriver, device.hardwareWait().clock());
    setUpQueue(newQueue, card);
    driver = newDriver;
    queue = newQueue;
  }

  /**
   * The crypto hook of queue set-up: a plain setter, and nothing that undoes it. Not where the path
   * that this card's requests take cannot encrypt.
   */
  private void setUpQueue(RequestQueue newQueue, MmcCard card) {
    boolean pathEncrypts = card.queueOn() || host.ops().encryptsCommands();
    if (host.has(MmcHost.CAP2_CRYPTO) && pathEncrypts) {
      newQueue.setKeyslotManager(host.keyslots());
      emit(LifecycleStep.KEYSLOTS_REGISTERED);
    }
  }

  /** Switches the engine on for a card whose queue is on. */
  private void enable(MmcCard card) throws CardException {
    if (!card.queueOn()) {
      return;
    }
    MmcError error = host.cqeOps().enable(card);
    if (error != MmcError.NONE) {
      throw new CardException(error, "command queue engine must start: error=" + error);
    }
    emit(LifecycleStep.CQE_ENABLED);
  }

  private void disable() {
    if (host.cqeOps() != null) {
      host.cqeOps().disable();
      emit(LifecycleStep.CQE_DISABLED);
    }
  }

  /** The card is gone: everything in flight ends now. */
  private void detach() {
    driver.cardGone();
    dropRequests();
    disable();
    driver.cardGone();
    emit(LifecycleStep.CARD_DETACHED);
  }

  private void dropRequests() {
    if (host.cqeOps() == null) {
      return;
    }
    host.cqeOps().recoveryStart();
    host.cqeOps().recoveryFinish();
    recoveryNeeded = false;
  }

  /** Takes the queue back from an error: engine halted, card's queue discarded, engine cleared. */
  private void recover() {
    recoveryNeeded = false;
    if (driver == null || driver.gone()) {
      return;
    }
    if (!host.ops().cardPresent()) {
      detach();
      return;
    }
    if (host.ops().forgot()) {
      reset();
      return;
    }
    emit(LifecycleStep.RECOVERY_STARTED);
    host.cqeOps().recoveryStart();
    boolean discarded = discardQueue();
    if (!discarded) {
      // Nothing may start between the two tries.
      driver.pause();
    }
    host.cqeOps().recoveryFinish();
    if (!discarded) {
      discardAgain();
    }
    restoreKeys();
    emit(LifecycleStep.RECOVERY_FINISHED);
    host.ops().commit();
  }

  /** An engine that refuses a key may have lost it. */
  private void restoreKeys() {
    if (keysSuspect && host.has(MmcHost.CAP2_CRYPTO)) {
      host.keyslots().reprogramAll();
      emit(LifecycleStep.KEYS_REPROGRAMMED);
    }
    keysSuspect = false;
  }

  private void discardAgain() {
    if (discardQueue()) {
      driver.unpause();
    } else {
      resetCard();
    }
  }

  private boolean discardQueue() {
    MmcCommand stop =
        new MmcCommand().set(EmmcCommand.STOP_TRANSMISSION, 0).busyLimit(RECOVERY_BUSY_NANOS);
    host.ops().request(stop.response(ResponseKind.R1B));
    return path.send(EmmcCommand.CMDQ_TASK_MGMT, DISCARD_QUEUE, RECOVERY_BUSY_NANOS).error()
        == MmcError.NONE;
  }

  void reset() {
    claim.lock();
    try {
      if (driver == null || driver.gone()) {
        return;
      }
      driver.pause();
      dropRequests();
      if (!host.ops().forgot()) {
        saveCache();
      }
      disable();
      resetCard();
    } finally {
      claim.unlock();
    }
  }

  /** Before a reset that loses it: the cache of a card that may still answer. */
  private void saveCache() {
    MmcCard card = driver.card();
    if (card.losesCacheInReset() && (!card.queueOn() || discardQueue())) {
      flushCache(card);
    }
  }

  private void flushCache(MmcCard card) {
    int argument = CommandPath.switchArgument(ExtCsd.FLUSH_CACHE, 1);
    boolean sent = path.send(EmmcCommand.SWITCH, argument, FLUSH_NANOS).error() == MmcError.NONE;
    MmcCommand asked = path.send(EmmcCommand.SEND_STATUS, CommandPath.rcaArgument(card.rca()));
    boolean well =
        asked.error() == MmcError.NONE && MmcError.ofCardStatus(asked.word(0)) == MmcError.NONE;
    if (sent && well) {
      driver.cacheLoss().flushedIdle();
    }
  }

  /** Hardware reset: the initial state, keys and all, and the card from the beginning. */
  private void resetCard() {
    long start = host.nanoTime();
    emit(LifecycleStep.CARD_RESET);
    driver.pause();
    disable();
    host.ops().resetCard();
    setInitialState();
    restart();
    long millis = TimeUnit.NANOSECONDS.toMillis(host.nanoTime() - start);
    LOG.log(Level.INFO, "card reset: device={0} took={1,number,#} ms", device.name(), millis);
  }

  /** Brings the card up again; if another one answers, or none, the old one is gone. */
  private void restart() {
    try {
      MmcCard card = bringUpPatiently();
      if (driver != null && driver.card().sameAs(card)) {
        enable(card);
        driver.cardBack(card);
      } else {
        attachAnother(card);
      }
    } catch (CardException failure) {
      problem = failure.getMessage();
      LOG.log(Level.WARNING, "card lost: device={0}: {1}", device.name(), problem);
      loseCard();
    }
  }

  /** A single error on the bus must not cost the card. */
  private MmcCard bringUpPatiently() throws CardException {
    for (int left = BRING_UP_TRIES - 1; left > 0; left--) {
      try {
        return bringUp();
      } catch (CardException failure) {
        if (!host.ops().cardPresent()) {
          throw failure;
        }
        LOG.log(Level.WARNING, "tried again: device={0}: {1}", device.name(), failure.getMessage());
        host.ops().resetCard();
        setInitialState();
      }
    }
    return bringUp();
  }

  private void attachAnother(MmcCard card) throws CardException {
    loseCard();
    attach(card);
    emit(LifecycleStep.CARD_ATTACHED);
  }

  private void loseCard() {
    if (driver != null) {
      driver.cardGone();
      emit(LifecycleStep.CARD_DETACHED);
    }
  }

  void suspend() {
    claim.lock();
    try {
      if (suspended) {
        return;
      }
      suspended = true;
      if (driver != null && !driver.gone()) {
        quiesce();
      }
      host.ops().suspend();
      emit(LifecycleStep.SUSPENDED);
    } finally {
      claim.unlock();
    }
  }

  /** Lets requests in flight end, stops the engine, makes the card's cache durable. */
  private void quiesce() {
    MmcCard card = driver.card();
    driver.pause();
    if (card.queueOn()) {
      if (!host.cqeOps().waitForIdle()) {
        recover();
      }
      host.cqeOps().off();
    }
    long limit = FLUSH_NANOS;
    if (card.cacheOn()) {
      flushCache(card);
    }
    path.send(
        EmmcCommand.SWITCH,
        CommandPath.switchArgument(ExtCsd.POWER_OFF_NOTIFICATION, ExtCsdFields.POWER_OFF_SHORT),
        limit);
    disable();
  }

  void resume() {
    claim.lock();
    try {
      if (!suspended) {
        return;
      }
      suspended = false;
      MmcError error = host.ops().resume();
      if (error != MmcError.NONE) {
        problem = "controller must resume: error=" + error;
        loseCard();
        return;
      }
      setInitialState();
      if (host.ops().cardPresent()) {
        restart();
      } else {
        loseCard();
      }
      emit(LifecycleStep.RESUMED);
    } finally {
      claim.unlock();
    }
  }

  /** Ends the card's queue; the host is going. */
  void remove() {
    claim.lock();
    try {
      if (driver != null && !driver.gone()) {
        quiesce();
        driver.cardGone();
        emit(LifecycleStep.CARD_DETACHED);
      }
      host.ops().setIos(new MmcHostOps.Ios(false, 1, MmcHostOps.Timing.LEGACY, 0, false));
      emit(LifecycleStep.INITIAL_STATE);
      if (host.has(MmcHost.CAP2_CRYPTO)) {
        host.keyslots().reprogramAll();
        emit(LifecycleStep.KEYS_REPROGRAMMED);
      }
    } finally {
      claim.unlock();
    }
  }

  private void emit(LifecycleStep step) {
    device.trace().emit(step, device.name());
  }
}
