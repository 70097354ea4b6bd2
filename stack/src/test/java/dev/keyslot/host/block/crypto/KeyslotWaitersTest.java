package dev.keyslot.host.block.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Parker;
import dev.keyslot.host.block.crypto.KeyslotWaiters.Waiter;
import dev.keyslot.testkit.Turns;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whose turn it is among those that wait for a slot, and who is woken to take it. */
class KeyslotWaitersTest {

  private final KeyslotWaiters waiters = new KeyslotWaiters();
  private final List<String> woken = new ArrayList<>();
  private final Waiter first = waiters.enlist(new Naming("first"));
  private final Waiter second = waiters.enlist(new Naming("second"));

  /** Says who was woken. */
  private final class Naming implements Parker {
    private final String name;

    Naming(String name) {
      this.name = name;
    }

    @Override
    public void park(Object blocker, long timeoutNanos) {
      woken.add(name + " parks");
    }

    @Override
    public void unpark(Thread thread) {
      assertThat(thread).isSameAs(Thread.currentThread());
      woken.add(name);
    }
  }

  @Test
  void theFirstMayTakeAndNobodyElse() {
    assertThat(waiters.mayTake(first)).isTrue();
    assertThat(waiters.mayTake(second)).isFalse();
    assertThat(waiters.mayTake(null)).as("who does not wait").isFalse();
    waiters.slotReleased();
    assertThat(woken).containsExactly("first");
    first.park();
    assertThat(woken).containsExactly("first", "first parks");
  }

  @Test
  void whoLeavesWakesTheNextAndTheLastNobody() {
    waiters.leave(first);
    assertThat(woken).containsExactly("second");
    assertThat(waiters.mayTake(second)).isTrue();
    waiters.leave(second);
    waiters.slotReleased();
    assertThat(woken).as("nobody is left").containsExactly("second");
    assertThat(waiters.mayTake(null)).isTrue();
  }

  @Test
  void whoIsHeldByItsShareIsPassedOverUntilASlotIsReleased() {
    waiters.passTurn(first);
    assertThat(woken).containsExactly("second");
    assertThat(waiters.mayTake(second)).isTrue();
    waiters.passTurn(second);
    assertThat(woken).as("all are held").containsExactly("second");
    assertThat(waiters.mayTake(null)).as("they could not use it").isTrue();
    waiters.slotReleased();
    assertThat(woken).containsExactly("second", "first");
    assertThat(waiters.mayTake(second)).isFalse();
  }

  @Test
  void whoLooksAgainIsNoLongerHeld() {
    waiters.passTurn(first);
    assertThat(waiters.mayTake(first)).isTrue();
    assertThat(waiters.mayTake(second)).isFalse();
  }

  @Test
  void everyOperationLeavesTheQueueToTheNext() throws Exception {
    KeyslotWaiters shared = new KeyslotWaiters();
    Waiter[] enlisted = new Waiter[2];
    Parker quiet =
        new Parker() {
          @Override
          public void park(Object blocker, long timeoutNanos) {}

          @Override
          public void unpark(Thread thread) {}
        };
    Turns.of(
        () -> enlisted[0] = shared.enlist(quiet),
        () -> enlisted[1] = shared.enlist(quiet),
        () -> assertThat(shared.mayTake(enlisted[0])).isTrue(),
        () -> shared.passTurn(enlisted[0]),
        () -> assertThat(shared.mayTake(enlisted[1])).isTrue(),
        () -> shared.passTurn(enlisted[1]),
        () -> assertThat(shared.mayTake(null)).isTrue(),
        shared::slotReleased,
        () -> shared.leave(enlisted[0]),
        () -> assertThat(shared.mayTake(enlisted[1])).isTrue(),
        () -> shared.leave(enlisted[1]),
        () -> assertThat(shared.mayTake(null)).isTrue());
  }
}
