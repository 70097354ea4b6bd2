package dev.keyslot.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A brief lock excludes, and parks those who wait too long. */
class BriefLockTest {

  private static final int THREADS = 4;
  private static final int ROUNDS = 50_000;

  private final BriefLock lock = new BriefLock();

  /** Guarded by the lock; a lost update would show. */
  private int counted;

  @Test
  void excludesThreadsFromEachOther() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      threads.add(Thread.ofPlatform().start(this::countUp));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(counted).isEqualTo(THREADS * ROUNDS);
    assertThat(lock.isLocked()).isFalse();
  }

  private void countUp() {
    for (int i = 0; i < ROUNDS; i++) {
      lock.lock();
      try {
        counted++;
      } finally {
        lock.unlock();
      }
    }
  }

  @Test
  void whoWaitsLongParksAndIsWoken() throws InterruptedException {
    Thread waiter = Thread.ofPlatform().unstarted(this::countUp);
    lock.lock();
    try {
      waiter.start();
      while (!lock.hasQueuedThread(waiter)) {
        Thread.onSpinWait();
      }
      assertThat(counted).isZero();
    } finally {
      lock.unlock();
    }
    waiter.join(60_000);
    assertThat(counted).isEqualTo(ROUNDS);
  }

  @Test
  void patienceEndsWhereNothingComes() {
    assertThat(Patience.until(() -> false)).isFalse();
  }

  @Test
  void patienceSeesWhatComes() {
    int[] looks = {0};
    boolean seen = Patience.until(() -> ++looks[0] == 3);
    assertThat(seen).isEqualTo(Runtime.getRuntime().availableProcessors() > 1);
  }
}
