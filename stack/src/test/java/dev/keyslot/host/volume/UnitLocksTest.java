package dev.keyslot.host.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class UnitLocksTest {

  private final UnitLocks locks = new UnitLocks();
  private final List<String> grants = new ArrayList<>();

  private final class Named extends UnitLocks.Holder {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    void granted() {
      grants.add(name);
    }
  }

  @Test
  void writersOfWholeUnitsShareARange() {
    assertThat(locks.take(new Named("a"), 0, 8, false)).isTrue();
    assertThat(locks.take(new Named("b"), 4, 12, false)).isTrue();
  }

  @Test
  void aReadModifyWriteWaitsForEveryOverlappingWriter() {
    Named a = new Named("a");
    Named b = new Named("b");
    Named rmw = new Named("rmw");
    locks.take(a, 0, 4, false);
    locks.take(b, 3, 8, false);
    assertThat(locks.take(rmw, 3, 4, true)).isFalse();
    locks.release(a);
    assertThat(grants).isEmpty();
    locks.release(b);
    assertThat(grants).containsExactly("rmw");
  }

  @Test
  void whatDoesNotOverlapIsNotHeldUp() {
    locks.take(new Named("rmw"), 3, 4, true);
    assertThat(locks.take(new Named("before"), 0, 3, false)).isTrue();
    assertThat(locks.take(new Named("behind"), 4, 5, true)).isTrue();
  }

  @Test
  void nobodyOvertakesAnEarlierWaiterThatItOverlaps() {
    Named writer = new Named("writer");
    Named rmw = new Named("rmw");
    Named late = new Named("late");
    locks.take(writer, 0, 8, false);
    locks.take(rmw, 0, 1, true);
    assertThat(locks.take(late, 0, 1, false)).isFalse();
    locks.release(writer);
    assertThat(grants).containsExactly("rmw");
    locks.release(rmw);
    assertThat(grants).containsExactly("rmw", "late");
  }

  @Test
  void givingBackWhatIsNotHeldIsOurMistake() {
    Named a = new Named("a");
    assertThatThrownBy(() -> locks.release(a)).isInstanceOf(IllegalStateException.class);
  }

  /** 4 threads, 16 units: inside an exclusive range nobody else is ever seen. */
  @Test
  void exclusiveMeansAloneWithManyThreads() throws InterruptedException {
    long seed = Long.getLong("keyslot.seed", 7);
    AtomicIntegerArray inside = new AtomicIntegerArray(16);
    List<String> wrong = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      SplittableRandom random = new SplittableRandom(seed + t);
      threads.add(Thread.ofPlatform().start(() -> contend(random, inside, wrong)));
    }
    for (Thread thread : threads) {
      thread.join(60_000);
      assertThat(thread.isAlive()).as("deadlock, seed %d", seed).isFalse();
    }
    synchronized (wrong) {
      assertThat(wrong).as("seed %d", seed).isEmpty();
    }
  }

  private void contend(SplittableRandom random, AtomicIntegerArray inside, List<String> wrong) {
    for (int i = 0; i < 20_000; i++) {
      int first = random.nextInt(16);
      int end = first + 1 + random.nextInt(Math.min(3, 16 - first));
      boolean exclusive = random.nextInt(3) == 0;
      Thread self = Thread.currentThread();
      var holder =
          new UnitLocks.Holder() {
            private volatile boolean mine;

            @Override
            void granted() {
              mine = true;
              java.util.concurrent.locks.LockSupport.unpark(self);
            }
          };
      if (!locks.take(holder, first, end, exclusive)) {
        while (!holder.mine) {
          java.util.concurrent.locks.LockSupport.park(holder);
        }
      }
      visit(first, end, exclusive, inside, wrong);
      locks.release(holder);
    }
  }

  /** A sharer counts 1 in each unit, an exclusive 1000: any other sum shows a stranger inside. */
  private static void visit(
      int first, int end, boolean exclusive, AtomicIntegerArray inside, List<String> wrong) {
    int weight = exclusive ? 1000 : 1;
    for (int u = first; u < end; u++) {
      int seen = inside.addAndGet(u, weight);
      if (exclusive ? seen != 1000 : seen >= 1000) {
        synchronized (wrong) {
          wrong.add("unit " + u + " holds " + seen);
        }
      }
    }
    for (int u = first; u < end; u++) {
      inside.addAndGet(u, -weight);
    }
  }
}
