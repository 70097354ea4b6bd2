package dev.keyslot.host.mmc;

import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;

/**
 * The two sleeps of a slot: with the whole system, when power goes, and at run time, when only the
 * clock stops. Requests wait meanwhile.
 *
 * <p>Claims the host itself, except where it says otherwise.
 */
final class CardSleep {

  /** Recoveries before a sleep, which does not wait for a queue that fails again and again. */
  private static final int RECOVERIES_MAX = 3;

  private final MmcHost host;
  private final Device device;
  private final CardSlot slot;
  private final CardUpkeep upkeep;
  private final RuntimePower power;

  /** Power is off. Guarded by the claim. */
  private boolean suspended;

  /** The clock is off as long as nobody wants anything. Written with the host claimed. */
  private volatile boolean dozing;

  CardSleep(MmcHost host, Device device, CardSlot slot, CardUpkeep upkeep, RuntimePower power) {
    this.host = host;
    this.device = device;
    this.slot = slot;
    this.upkeep = upkeep;
    this.power = power;
  }

  /** Whether power is off; with the host claimed. */
  boolean suspended() {
    return suspended;
  }

  /** A request is held back: if that is because the host dozes, it is woken. Any thread. */
  void wanted() {
    if (dozing) {
      slot.events().requestWake();
    }
  }

  /** {@link MmcHost#suspend}. */
  void suspend() {
    slot.claim();
    try {
      if (suspended) {
        return;
      }
      wake();
      if (slot.inService()) {
        quiesce();
      }
      suspended = true;
      host.ops().suspend();
      emit(LifecycleStep.SUSPENDED);
    } finally {
      slot.unclaim();
    }
  }

  /**
   * Lets requests in flight end, stops the engine, makes the card's cache durable; with the host
   * claimed.
   */
  void quiesce() {
    CardDriver driver = slot.driver();
    driver.pause();
    if (driver.card().queueOn()) {
      for (int i = 0; i < RECOVERIES_MAX && !host.cqeOps().waitForIdle(); i++) {
        slot.events().takeRecovery();
        slot.recover();
        driver.pause();
      }
      host.cqeOps().off();
    }
    upkeep.beforePowerOff(driver);
    slot.disable();
  }

  /** {@link MmcHost#resume}. */
  void resume() {
    slot.claim();
    try {
      if (!suspended) {
        return;
      }
      suspended = false;
      MmcError error = host.ops().resume();
      if (error != MmcError.NONE) {
        slot.lose("controller must resume: error=" + error);
        return;
      }
      slot.setInitialState();
      if (host.ops().cardPresent()) {
        slot.restart();
      } else {
        slot.loseCard();
      }
      emit(LifecycleStep.RESUMED);
    } finally {
      slot.unclaim();
    }
  }

  /** {@link MmcHost#runtimeSuspend}. */
  boolean runtimeSuspend() {
    slot.claim();
    try {
      if (suspended || dozing || !slot.inService() || !slot.driver().idle()) {
        return dozing;
      }
      dozing = true; // before anything is held back: see wanted
      slot.driver().pause();
      boolean slept = slot.driver().idle() && stopClock();
      if (slot.events().takeWake() || !slept) {
        wake();
      }
      return slept;
    } finally {
      slot.unclaim();
    }
  }

  private boolean stopClock() {
    slot.disable(); // what slipped in meanwhile is sent again
    return power.sleep();
  }

  /** The clock runs again, the engine is on, requests go on; with the host claimed. */
  void wake() {
    if (!dozing) {
      return;
    }
    dozing = false;
    try {
      MmcError error = power.wake();
      if (error != MmcError.NONE) {
        throw new CardException(error, "host must wake up: error=" + error);
      }
      slot.enable(slot.driver().card());
      slot.driver().unpause();
    } catch (CardException failure) {
      slot.lose(failure.getMessage());
    }
  }

  private void emit(LifecycleStep step) {
    device.trace().emit(step, device.name());
  }
}
