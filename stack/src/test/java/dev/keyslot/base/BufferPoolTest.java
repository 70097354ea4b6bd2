package dev.keyslot.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Waiting;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BufferPoolTest {

  private static Thread taker(BufferPool pool, int count, List<Integer> served) {
    Thread thread =
        new Thread(
            () -> {
              try {
                MemorySegment[] into = new MemorySegment[count];
                pool.take(into, count);
                served.add(count);
                for (MemorySegment chunk : into) {
                  pool.give(chunk);
                }
              } catch (InterruptedException e) {
                served.add(-count);
              }
            });
    thread.start();
    Waiting.until("taker waits", () -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  @Test
  void chunksAreAlignedApartAndComeBackInReverse() {
    try (BufferPool pool = new BufferPool(3)) {
      MemorySegment first = pool.tryTake();
      MemorySegment second = pool.tryTake();
      assertThat(first.address() % 4096).isZero();
      assertThat(second.address() - first.address()).isEqualTo(1048576);
      pool.give(first);
      assertThat(pool.tryTake().address()).isEqualTo(first.address());
      assertThat(pool.inUse()).isEqualTo(2);
      pool.give(first);
      pool.give(second);
    }
  }

  @Test
  void takersAreServedInTheOrderTheyCame() throws InterruptedException {
    try (BufferPool pool = new BufferPool(3)) {
      MemorySegment[] held = new MemorySegment[3];
      pool.take(held, 3);
      List<Integer> served = new CopyOnWriteArrayList<>();
      Thread large = taker(pool, 3, served);
      Thread small = taker(pool, 1, served);
      pool.give(held[0]);
      pool.give(held[1]);
      assertThat(pool.tryTake()).as("nobody overtakes").isNull();
      assertThat(served).isEmpty();
      pool.give(held[2]);
      large.join();
      small.join();
      assertThat(served).containsExactly(3, 1);
    }
  }

  @Test
  void aTakerWhoGivesUpMakesWay() throws InterruptedException {
    try (BufferPool pool = new BufferPool(2)) {
      MemorySegment[] held = new MemorySegment[1];
      pool.take(held, 1);
      List<Integer> served = new CopyOnWriteArrayList<>();
      Thread large = taker(pool, 2, served);
      Thread small = taker(pool, 1, served);
      large.interrupt();
      large.join();
      small.join();
      assertThat(served).containsExactlyInAnyOrder(-2, 1);
      pool.give(held[0]);
    }
  }

  @Test
  void moreThanThereAreAreRefused() {
    try (BufferPool pool = new BufferPool(2)) {
      assertThatThrownBy(() -> pool.take(new MemorySegment[3], 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("chunks asked for must be in [1, 2]: count=3");
    }
  }
}
