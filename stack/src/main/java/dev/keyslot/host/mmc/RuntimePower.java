package dev.keyslot.host.mmc;

import dev.keyslot.host.block.crypto.KeyslotManager;
import dev.keyslot.host.device.Device;
import dev.keyslot.host.device.LifecycleStep;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whether the host's clock runs, and who needs it: the kernel's runtime power management.
 *
 * <p>Sleeps only while nobody uses it; whoever programs a key wakes it and keeps it awake. Its lock
 * is a leaf: a key is programmed with the queue's lock held and the host claimed by somebody else.
 */
final class RuntimePower implements KeyslotManager.Power {

  private static final Logger LOG = System.getLogger(RuntimePower.class.getName());

  private final MmcHost host;
  private final Device device;
  private final ReentrantLock lock = new ReentrantLock();

  /** Nested uses. Guarded by the lock. */
  private int users;

  /** Guarded by the lock. */
  private boolean asleep;

  /** How waking ended that nobody has asked about yet. Guarded by the lock. */
  private MmcError failure = MmcError.NONE;

  RuntimePower(MmcHost host, Device device) {
    this.host = host;
    this.device = device;
  }

  @Override
  public void resume() {
    lock.lock();
    try {
      users++;
      wakeUp();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void release() {
    lock.lock();
    try {
      users--;
    } finally {
      lock.unlock();
    }
  }

  /** Puts the host to sleep; false if somebody uses it. */
  boolean sleep() {
    lock.lock();
    try {
      if (users > 0) {
        return false;
      }
      host.ops().runtimeSuspend();
      asleep = true;
      device.trace().emit(LifecycleStep.RUNTIME_SUSPENDED, device.name());
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes the host, unless a key has done so; how that went. */
  MmcError wake() {
    lock.lock();
    try {
      wakeUp();
      MmcError outcome = failure;
      failure = MmcError.NONE;
      return outcome;
    } finally {
      lock.unlock();
    }
  }

  private void wakeUp() {
    if (!asleep) {
      return;
    }
    asleep = false;
    device.trace().emit(LifecycleStep.RUNTIME_RESUMED, device.name());
    failure = host.ops().runtimeResume();
    if (failure != MmcError.NONE) {
      LOG.log(Level.WARNING, "host must wake up: device={0} error={1}", device.name(), failure);
    }
  }
}
