package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.Parker;
import dev.keyslot.host.block.crypto.KeyslotException.Reason;
import dev.keyslot.testkit.Bios;
import dev.keyslot.testkit.RecordingSlots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Waiting for a keyslot, step by step on one thread: a thread that parks lets the next scripted
 * step run, inside its park, as other threads would.
 */
class KeyslotWaitingTest {

  private final RecordingSlots hardware = new RecordingSlots();
  private final KeyslotManager manager = hardware.manager(1);
  private final CryptoKey a = Bios.key(1, 4096);
  private final CryptoKey b = Bios.key(2, 4096);
  private final CryptoKey c = Bios.key(3, 4096);
  private final Deque<Step> script = new ArrayDeque<>();
  private final List<String> events = new ArrayList<>();
  private long now = 100;

  /** What happens while a thread is parked. */
  private interface Step {
    void run() throws KeyslotException;
  }

  private final Parker parker =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          now += 1000;
          if (script.isEmpty()) {
            throw new IllegalStateException("deadlock: parked and nothing left to happen");
          }
          try {
            script.removeFirst().run();
          } catch (KeyslotException failure) {
            throw new IllegalStateException(failure);
          }
        }

        @Override
        public void unpark(Thread thread) {
          events.add("wake");
        }
      };

  private int acquire(CryptoKey key) throws KeyslotException {
    return manager.acquire(key, parker, () -> now);
  }

  @Test
  void aFreeSlotIsTakenWithoutWaiting() throws KeyslotException {
    assertThat(acquire(a)).isZero();
    assertThat(manager.counters().waits()).isZero();
    assertThat(new KeyslotManager().acquire(a, parker, () -> now))
        .isEqualTo(KeyslotManager.NO_SLOTS);
  }

  @Test
  void aReleaseEndsTheWaitAndTheTimeIsCounted() throws KeyslotException {
    manager.tryAcquire(a);
    script.add(() -> manager.release(0));
    assertThat(acquire(b)).isZero();
    assertThat(events).contains("wake");
    assertThat(manager.counters().waits()).isEqualTo(1);
    assertThat(manager.counters().waitNanos()).isEqualTo(1000);
  }

  @Test
  void aSpuriousWakeUpWaitsOn() throws KeyslotException {
    manager.tryAcquire(a);
    script.add(() -> {});
    script.add(() -> {});
    script.add(() -> manager.release(0));
    assertThat(acquire(b)).isZero();
    assertThat(manager.counters().waitNanos()).isEqualTo(3000);
  }

  @Test
  void withoutAReleaseTheWaitWouldNeverEnd() throws KeyslotException {
    manager.tryAcquire(a);
    assertThatThrownBy(() -> acquire(b)).hasMessageContaining("deadlock");
    manager.release(0);
    assertThat(acquire(b)).as("the waiter that gave up is not waited for").isZero();
  }

  @Test
  void whoDoesNotWaitDoesNotOvertakeWhoDoes() throws KeyslotException {
    manager.tryAcquire(a);
    script.add(
        () -> {
          manager.release(0);
          assertThat(manager.tryAcquire(c)).isEqualTo(KeyslotManager.NONE_FREE);
        });
    assertThat(acquire(b)).isZero();
    assertThat(hardware.content(0)).isSameAs(b);
  }

  @Test
  void aKeyThatIsThereIsSharedEvenWhileOthersWait() throws KeyslotException {
    manager.tryAcquire(a);
    script.add(
        () -> {
          assertThat(manager.tryAcquire(a)).isZero();
          manager.release(0);
        });
    script.add(() -> manager.release(0));
    assertThat(acquire(b)).isZero();
  }

  @Test
  void theFirstWaiterIsServedFirst() throws KeyslotException {
    manager.tryAcquire(a);
    List<String> order = new ArrayList<>();
    // While b is parked c comes and parks too; while c is parked the slot is released: c must leave
    // it to b, which runs again only when c's stack unwinds, so c's next park ends the test.
    script.add(
        () -> {
          script.add(
              () -> {
                manager.release(0);
                order.add("released");
              });
          assertThatThrownBy(() -> acquire(c)).hasMessageContaining("deadlock");
          order.add("c found it taken by its elder");
        });
    assertThat(acquire(b)).isZero();
    assertThat(order).containsExactly("released", "c found it taken by its elder");
  }

  @Test
  void aWaiterHeldByItsShareLetsThoseBehindItGoFirst() throws KeyslotException {
    KeyslotManager two = hardware.manager(2);
    two.setGroupShare(1);
    CryptoKey noisy = Bios.key(10, a.config(), 1);
    CryptoKey noisyToo = Bios.key(11, a.config(), 1);
    CryptoKey quiet = Bios.key(12, a.config(), 2);
    int held = two.tryAcquire(noisy);
    script.add(
        () -> {
          int slot = two.acquire(quiet, parker, () -> now);
          assertThat(slot).isEqualTo(1);
          two.release(slot);
        });
    script.add(() -> two.release(held));
    assertThat(two.acquire(noisyToo, parker, () -> now)).isEqualTo(held);
    assertThat(script).isEmpty();
  }

  @Test
  void aWaiterWhoseProgrammingFailsWakesTheNext() throws KeyslotException {
    manager.tryAcquire(a);
    hardware.failures.add(Reason.IO_ERROR);
    script.add(() -> manager.release(0));
    assertThatThrownBy(() -> acquire(b)).isInstanceOf(KeyslotException.class);
    assertThat(acquire(c)).isZero();
  }

  @Test
  void theShareOfAWaiterIsLookedAtAnewWhenItWakes() throws KeyslotException {
    KeyslotManager two = hardware.manager(2);
    two.setGroupShare(1);
    CryptoKey noisy = Bios.key(10, a.config(), 1);
    int held = two.tryAcquire(noisy);
    script.add(() -> two.setGroupShare(2));
    assertThat(two.acquire(Bios.key(11, a.config(), 1), parker, () -> now)).isEqualTo(1);
    assertThat(held).isZero();
  }
}
