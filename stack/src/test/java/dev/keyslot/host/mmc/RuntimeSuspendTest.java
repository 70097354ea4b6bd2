package dev.keyslot.host.mmc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ScriptedWindow.Write;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host that dozes: its clock stops while nothing is in flight; offsets and values as numbers. */
class RuntimeSuspendTest {

  private static final int CLOCK_CONTROL = 0x2C;

  /** Command (0Eh), doorbell (228h) and keyslots (1200h and on): what needs the clock. */
  private static boolean needsClock(Write write) {
    return write.offset() == 0x0E || write.offset() == 0x228 || write.offset() >= 0x1200;
  }

  private final DriverBench bench = new DriverBench();
  private final CryptoKey key = DriverIo.key(0, 4096, false);
  private MmcHost host;
  private DriverIo io;

  @BeforeEach
  void bind() throws ProbeException {
    host = bench.bind();
    io = new DriverIo(host.queue(), bench.memory);
    bench.window.forgetWrites();
    bench.card.forgetCommands();
    bench.trace.clear();
  }

  private boolean clockRuns() {
    return (bench.window.get(CLOCK_CONTROL) & 5) == 5;
  }

  /** Between the clock's stop and its start nothing was done that needs it. */
  private void assertNothingWithoutClock() {
    boolean stopped = false;
    for (Write write : bench.window.writes()) {
      if (write.offset() == CLOCK_CONTROL) {
        stopped = (write.value() & 4) == 0;
      }
      assertThat(stopped && needsClock(write)).as("%s without clock", write).isFalse();
    }
  }

  @Test
  void stopsTheClockAndKeepsCardAndKeys() throws Exception {
    int slot = host.keyslots().tryAcquire(key);
    assertThat(clockRuns()).isTrue();
    assertThat(host.runtimeSuspend()).isTrue();
    assertThat(bench.window.get(CLOCK_CONTROL) & 0xFFFF).isZero();
    assertThat(bench.window.get(0x28) >> 8 & 1).as("bus power stays").isEqualTo(1);
    assertThat(bench.window.get(0x1200 + slot * 128 + 0x40)).isEqualTo(0x8000_0008);
    assertThat(bench.window.get(0x38)).as("only cards that come and go").isEqualTo(0xC0);
  }

  @Test
  void doesNotSleepWhileARequestIsInFlight() {
    Outcome read = io.data(BlockOperation.READ, 0, 8, null, 0);
    assertThat(host.runtimeSuspend()).isFalse();
    assertThat(clockRuns()).isTrue();
    bench.window.complete(0);
    host.queue().poll();
    assertThat(read.status()).isEqualTo(BlockStatus.OK);
    assertThat(host.runtimeSuspend()).isTrue();
  }

  @Test
  void doesNotSleepWhileAFlushWaitsForItsSlot() {
    io.plain(BlockOperation.FLUSH, 0, 0, false);
    assertThat(host.runtimeSuspend()).isFalse();
    bench.window.complete(31);
    host.queue().poll();
    assertThat(host.runtimeSuspend()).isTrue();
  }

  @Test
  void aRequestWakesIt() {
    host.runtimeSuspend();
    Outcome read = io.data(BlockOperation.READ, 0, 8, null, 0);
    assertThat(clockRuns()).isFalse();
    host.queue().poll();
    assertThat(clockRuns()).isTrue();
    bench.window.complete(0);
    host.queue().poll();
    assertThat(read.status()).isEqualTo(BlockStatus.OK);
    assertThat(bench.card.commands()).as("the card kept its state").doesNotContain("CMD1 40ff8080");
    assertNothingWithoutClock();
    assertThat(bench.trace.steps())
        .containsSubsequence(
            LifecycleStep.RUNTIME_SUSPENDED,
            LifecycleStep.RUNTIME_RESUMED,
            LifecycleStep.CQE_ENABLED);
  }

  /** Program and evict resume the device first. */
  @Test
  void aKeyWakesItBeforeItIsProgrammed() throws Exception {
    host.runtimeSuspend();
    host.keyslots().release(host.keyslots().tryAcquire(key));
    assertThat(clockRuns()).isTrue();
    host.runtimeSuspend();
    host.queue().poll();
    host.keyslots().evict(key);
    assertThat(clockRuns()).isTrue();
    assertNothingWithoutClock();
  }

  @Test
  void anEncryptedRequestAfterAKeyGoesOnToo() {
    host.runtimeSuspend();
    Outcome write = io.data(BlockOperation.WRITE, 0, 8, key, 0);
    host.queue().poll();
    bench.window.complete(0);
    host.queue().poll();
    assertThat(write.status()).isEqualTo(BlockStatus.OK);
    assertNothingWithoutClock();
  }

  @Test
  void everythingElseThatHappensToAHostWakesItFirst() {
    for (Runnable what : List.<Runnable>of(host::reset, this::sleepAndWake, this::pullAndPlug)) {
      assertThat(host.runtimeSuspend()).isTrue();
      bench.trace.clear();
      bench.window.forgetWrites();
      what.run();
      assertThat(bench.trace.steps()).contains(LifecycleStep.RUNTIME_RESUMED);
      assertThat(clockRuns()).isTrue();
      host.queue().poll();
    }
    assertThat(host.runtimeSuspend()).isTrue();
    assertThat(bench.device.unbind()).isEmpty();
  }

  private void sleepAndWake() {
    host.suspend();
    host.resume();
  }

  private void pullAndPlug() {
    bench.window.set(0x24, 0x00F0_0000);
    bench.card.present(false);
    host.detect();
    bench.window.set(0x24, 0x01FF_00F0);
    bench.card.present(true);
    host.detect();
  }

  @Test
  void aSleeperThatLeavesTheBusLosesItsCardAndNotItsThread() {
    host.runtimeSuspend();
    bench.window.set(0x24, 0x00F0_0000);
    bench.card.present(false);
    bench.window.raise(0x80);
    host.queue().poll();
    Outcome read = io.data(BlockOperation.READ, 0, 8, null, 0);
    host.queue().poll();
    assertThat(read.status()).isEqualTo(BlockStatus.OFFLINE);
  }
}
