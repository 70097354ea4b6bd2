package dev.keyslot.host.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Agent;
import dev.keyslot.base.Parker;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Waiting for hardware: it runs, time passes only when it cannot, and limits hold. */
class HardwareWaitTest {

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger work = new AtomicInteger();

  private final Parker timePasses =
      new Parker() {
        @Override
        public void park(Object blocker, long timeoutNanos) {
          nanos.addAndGet(timeoutNanos);
        }

        @Override
        public void unpark(Thread thread) {}
      };

  private final Agent hardware =
      new Agent() {
        @Override
        public int doWork() {
          return work.getAndUpdate(w -> Math.max(0, w - 1)) > 0 ? 1 : 0;
        }

        @Override
        public String roleName() {
          return "toy";
        }
      };

  private final HardwareWait wait = new HardwareWait(nanos::get, timePasses, hardware);

  @Test
  void letsTheHardwareRunUntilTheConditionHolds() {
    work.set(5);
    assertThat(wait.until(() -> work.get() == 0, 1_000)).isTrue();
    assertThat(nanos).as("no time passes while the hardware can run").hasValue(0);
  }

  @Test
  void givesUpAfterTheLimit() {
    assertThat(wait.until(() -> false, 5_000_000)).isFalse();
    assertThat(nanos.get()).isBetween(5_000_000L, 5_100_000L);
  }
}
