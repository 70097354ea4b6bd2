package dev.keyslot.base;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DriveTest {

  private static final Parker REAL =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          LockSupport.parkNanos(blocker, timeoutNanos);
        }

        @Override
        public void unpark(Thread thread) {
          LockSupport.unpark(thread);
        }
      };

  private static final class Job extends Drive.Turn {
    void open(int count) {
      begin(count);
    }
  }

  /** Takes one job a step and finishes it outside its lock, as the controller does. */
  private static final class Worker implements Agent {
    private final ConcurrentLinkedQueue<Job> ready = new ConcurrentLinkedQueue<>();

    @Override
    public int doWork() {
      Job job = ready.poll();
      if (job == null) {
        return 0;
      }
      job.finishOne(REAL);
      return 1;
    }

    @Override
    public String roleName() {
      return "worker";
    }
  }

  @Test
  void aThreadDoesItsOwnWorkAndReturns() {
    Worker worker = new Worker();
    Drive drive = new Drive(REAL, () -> !worker.ready.isEmpty(), worker);
    Job job = new Job();
    job.open(3);
    for (int i = 0; i < 3; i++) {
      worker.ready.add(job);
    }
    drive.until(job);
    assertThat(job.done()).isTrue();
  }

  @Test
  void finishingMoreThanWasBegunIsOurMistake() {
    Job job = new Job();
    assertThatThrownBy(() -> job.finishOne(REAL)).isInstanceOf(IllegalStateException.class);
  }

  /** Threads finish each other's jobs; a lost wake-up would leave one parked for ever. */
  @Test
  void noThreadStaysParkedWhenOthersDoItsWork() throws InterruptedException {
    Worker worker = new Worker();
    Drive drive = new Drive(REAL, () -> !worker.ready.isEmpty(), worker);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    Job job = new Job();
                    for (int i = 0; i < 20_000; i++) {
                      job.open(2);
                      worker.ready.add(job);
                      worker.ready.add(job);
                      drive.until(job);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join(60_000);
      assertThat(thread.isAlive()).as("a thread is parked for ever").isFalse();
    }
  }
}
