package dev.keyslot.host.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.BufferPool;
import dev.keyslot.testkit.Waiting;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No client holds the buffers of all: 66 chunks as the server has them. */
@Timeout(60)
class ChunksTest {

  private final BufferPool pool = new BufferPool(66);
  private final Chunks chunks = new Chunks(pool, 34);

  /** What one taker holds. */
  private final class Taker {

    private final Chunk[] held = new Chunk[33];
    private final Semaphore share;
    private int count;

    Taker(Semaphore share) {
      this.share = share;
    }

    Taker take(int wanted) {
      try {
        chunks.take(share, held, new MemorySegment[33], wanted);
        count = wanted;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return this;
    }

    void give() {
      chunks.give(share, held, count);
      count = 0;
    }
  }

  @AfterEach
  void allAreBack() {
    assertThat(pool.inUse()).isZero();
    pool.close();
  }

  private Thread waiting(Taker taker, int wanted) {
    Thread thread = new Thread(() -> taker.take(wanted).give());
    thread.start();
    Waiting.until("it waits", () -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  @Test
  void oneConnectionHoldsThirtyFourAtMost() throws InterruptedException {
    Semaphore share = chunks.share();
    Taker first = new Taker(share).take(33);
    Taker second = new Taker(share).take(1);
    assertThat(pool.inUse()).isEqualTo(34);
    Thread third = waiting(new Taker(share), 1);
    new Taker(chunks.share()).take(1).give(); // another connection goes on
    second.give();
    third.join();
    first.give();
    assertThat(chunks.waits()).isEqualTo(1);
  }

  /** Two that hold 33 would hold all: the second waits, and small requests pass it. */
  @Test
  void largeRequestsLeaveSixteenToSmallOnes() throws InterruptedException {
    Taker large = new Taker(chunks.share()).take(33);
    Thread second = waiting(new Taker(chunks.share()), 33);
    Taker[] small = new Taker[33];
    for (int i = 0; i < small.length; i++) {
      small[i] = new Taker(chunks.share()).take(1);
    }
    assertThat(pool.inUse()).isEqualTo(66);
    for (Taker one : small) {
      one.give();
    }
    large.give();
    second.join();
  }

  @Test
  void seventeenMebibytesBesideThirtyThreeAreServedAtOnce() {
    Taker large = new Taker(chunks.share()).take(33);
    Taker other = new Taker(chunks.share()).take(17);
    assertThat(pool.inUse()).isEqualTo(50);
    assertThat(chunks.waits()).isZero();
    other.give();
    large.give();
  }

  @Test
  void whoIsInterruptedLeavesNothingBehind() throws InterruptedException {
    Semaphore share = chunks.share();
    Taker large = new Taker(chunks.share()).take(33);
    Thread thread = waiting(new Taker(share), 33);
    thread.interrupt();
    thread.join();
    assertThat(share.availablePermits()).isEqualTo(34);
    large.give();
    new Taker(share).take(33).give();
  }
}
