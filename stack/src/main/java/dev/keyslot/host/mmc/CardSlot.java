package dev.keyslot.host.mmc;

import dev.keyslot.host.block.RequestQueue;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What happens to the card in a host's slot: found, attached, recovered, reset, gone.
 *
 * <p>Everything but the two requests for attention runs with the host claimed. Completions happen
 * outside the driver's locks but inside the claim.
 */
final class CardSlot {

  private static final Logger LOG = System.getLogger(CardSlot.class.getName());

  private final MmcHost host;
  private final Device device;
  private final CardFinder finder;
  private final CardUpkeep upkeep;
  private final CardSleep sleep;
  private final CardSeats seats = new CardSeats();
  private final ReentrantLock claim = new ReentrantLock();

  private final SlotEvents events = new SlotEvents();

  /** The command queue engine has a card. Guarded by the claim. */
  private boolean engineOn;

  private volatile CardDriver driver;
  private volatile RequestQueue queue;
  private volatile String problem;

  CardSlot(MmcHost host, Device device, MemorySegment buffer, RuntimePower power) {
    this.host = host;
    this.device = device;
    CommandPath path = new CommandPath(host.ops());
    finder = new CardFinder(host, device, path, buffer, this::setInitialState);
    upkeep = new CardUpkeep(host.ops(), path);
    sleep = new CardSleep(host, device, this, upkeep, power);
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

  SlotEvents events() {
    return events;
  }

  CardSleep sleep() {
    return sleep;
  }

  /** Whether there is a card that serves, with the host claimed. */
  boolean inService() {
    return driver != null && !driver.gone();
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
    if (!events.any() || !claim.tryLock()) {
      return 0;
    }
    try {
      int handled = 0;
      if (events.takeWake()) {
        sleep.wake();
        handled++;
      }
      if (events.takeCardMove()) {
        look(events.takeCardWent());
        handled++;
      }
      if (events.takeReset()) {
        reset();
        handled++;
      }
      if (events.takeRecovery()) {
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
  void setInitialState() {
    host.ops().setIos(CardBringUp.INITIAL);
    emit(LifecycleStep.INITIAL_STATE);
    if (host.has(MmcHost.CAP2_CRYPTO)) {
      host.keyslots().reprogramAll();
      emit(LifecycleStep.KEYS_REPROGRAMMED);
    }
  }

  void detect() {
    look(false);
  }

  /**
   * Looks into the slot.
   *
   * @param went whether a card left it meanwhile: then the one that is there has to say who it is
   */
  private void look(boolean went) {
    claim.lock();
    try {
      if (sleep.suspended()) {
        return; // resuming looks
      }
      boolean present = host.ops().cardPresent();
      if (inService() && !present) {
        detach();
      } else if (inService() && went) {
        reset();
      } else if (!inService() && present) {
        find();
      }
    } finally {
      claim.unlock();
    }
  }

  /** Brings up the card in the slot; one that was here before goes on, another gets a queue. */
  private void find() {
    try {
      seat(finder.once());
      emit(LifecycleStep.CARD_ATTACHED);
    } catch (CardException failure) {
      problem = failure.getMessage();
      LOG.log(Level.WARNING, "card not in service: device={0}: {1}", device.name(), problem);
    }
  }

  /** Gives a card the driver and the queue that are its own. */
  private void seat(MmcCard card) throws CardException {
    enable(card);
    CardSeats.Seat seat = seats.of(card);
    if (seat == null) {
      CardDriver newDriver =
          card.queueOn() ? new MmcBlockDriver(host, card) : new SyncBlockDriver(host, card);
      seat = seats.add(newDriver, new RequestQueue(newDriver, device.hardwareWait().clock()));
      setUpQueue(seat.queue(), card);
    } else {
      seat.driver().cardBack(card);
    }
    driver = seat.driver();
    queue = seat.queue();
    problem = null;
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
  void enable(MmcCard card) throws CardException {
    if (!card.queueOn()) {
      return;
    }
    MmcError error = host.cqeOps().enable(card);
    if (error != MmcError.NONE) {
      throw new CardException(error, "command queue engine must start: error=" + error);
    }
    engineOn = true;
    emit(LifecycleStep.CQE_ENABLED);
  }

  void disable() {
    if (engineOn) {
      engineOn = false;
      host.cqeOps().disable();
      emit(LifecycleStep.CQE_DISABLED);
    }
  }

  /** The card is gone: everything in flight ends now. */
  private void detach() {
    sleep.wake();
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
    events.takeRecovery();
  }

  /** Takes the queue back from an error: engine halted, card's queue discarded, engine cleared. */
  void recover() {
    if (!inService() || sleep.suspended()) {
      return;
    }
    sleep.wake();
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
    boolean discarded = upkeep.discardQueue();
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
    retune();
    host.ops().commit();
  }

  /** An engine that refuses a key may have lost it. */
  private void restoreKeys() {
    if (events.takeSuspicion() && host.has(MmcHost.CAP2_CRYPTO)) {
      host.keyslots().reprogramAll();
      emit(LifecycleStep.KEYS_REPROGRAMMED);
    }
  }

  /** After a CRC error: the sampling point is looked for again, with nothing in flight. */
  void retune() {
    if (driver.gone() || !events.takeTuningSuspicion()) {
      return;
    }
    driver.pause();
    if (driver.card().queueOn()) {
      if (!host.cqeOps().waitForIdle()) {
        events.suspectTuning();
        driver.unpause();
        return; // the recovery that this needs comes first
      }
      host.cqeOps().off();
    }
    try {
      finder.retune();
      driver.unpause();
      emit(LifecycleStep.RETUNED);
    } catch (CardException failure) {
      LOG.log(Level.WARNING, "card reset: device={0}: {1}", device.name(), failure.getMessage());
      resetCard();
    }
  }

  private void discardAgain() {
    if (upkeep.discardQueue()) {
      driver.unpause();
    } else {
      resetCard();
    }
  }

  void reset() {
    claim.lock();
    try {
      if (!inService() || sleep.suspended()) {
        return;
      }
      sleep.wake();
      driver.pause();
      dropRequests();
      if (!host.ops().forgot()) {
        upkeep.saveCache(driver);
      }
      disable();
      resetCard();
    } finally {
      claim.unlock();
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
  void restart() {
    try {
      MmcCard card = finder.patiently();
      boolean another = driver != null && !driver.card().sameAs(card);
      if (another) {
        loseCard();
      }
      seat(card);
      if (another) {
        emit(LifecycleStep.CARD_ATTACHED);
      }
    } catch (CardException failure) {
      lose(failure.getMessage());
    }
  }

  /** The card does not serve any more. */
  void lose(String why) {
    problem = why;
    LOG.log(Level.WARNING, "card lost: device={0}: {1}", device.name(), problem);
    loseCard();
  }

  void loseCard() {
    if (driver != null) {
      driver.cardGone();
      emit(LifecycleStep.CARD_DETACHED);
    }
  }

  /** Ends the card's queue; the host is going. */
  void remove() {
    claim.lock();
    try {
      sleep.wake();
      if (inService()) {
        sleep.quiesce();
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
