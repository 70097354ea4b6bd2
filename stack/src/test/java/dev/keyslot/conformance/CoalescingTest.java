package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.cqhci.Coalescing;
import dev.keyslot.host.cqhci.CqhciConfig;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.sdhci.SdhciPciDriver;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.host.DriverBench;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.DriverIo.Outcome;
import dev.keyslot.testkit.host.ModelBench;
import dev.keyslot.testkit.host.ScriptedWindow.Write;
import dev.keyslot.testkit.host.TestTime;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Interrupt coalescing set up by the driver (IC, 1Ch; device-side 3.6), register values typed by
 * hand: CAP names 192 MHz, so that one unit of the timer is 5,334 ns.
 */
class CoalescingTest {

  private static final long SECTORS = 8192;

  /** 94 units. */
  private static final Coalescing FOUR_OR_HALF_A_MILLISECOND = new Coalescing(4, 500_000);

  private static SdhciPciDriver driver(Coalescing coalescing) {
    return new SdhciPciDriver(CqhciConfig.generic().with(coalescing), true);
  }

  // ---- what is written

  private static List<Write> controls(DriverBench bench) {
    return bench.window.queueWrites().stream().filter(w -> w.offset() == 0x1C).toList();
  }

  /** Enable 31, reset 16, both write enables 15 and 7, count 12:8, timeout 6:0. */
  @ParameterizedTest
  @CsvSource({
    "4, 500000, 800184de, 100030c0, the usual clock of 192 MHz",
    "31, 100000, 80019f93, 100030c0, all slots of data",
    "1, 1, 80018181, 100030c0, less than a unit is one",
    "8, 100000000, 800188ff, 100030c0, the timer ends at 127 units",
    "4, 500000, 80018485, 10002064, 100 times 100 kHz",
  })
  void programsCountAndTimerBeforeTheEngineStartsAndAgainAfterAReset(
      int completions, long nanos, String ic, String cap, String what) throws ProbeException {
    DriverBench bench = new DriverBench();
    bench.window.set(0x204, Integer.parseUnsignedInt(cap, 16));
    bench.device.bind(driver(new Coalescing(completions, nanos)));
    Write expected = new Write(0x1C, Long.parseLong(ic, 16), 4);
    assertThat(controls(bench)).as(what).containsExactly(expected);
    assertThat(bench.window.queueWrites())
        .as("before CFG.ENABLE: with direct commands, descriptors of 16 bytes, crypto")
        .containsSubsequence(expected, new Write(0x08, 0x1103, 4));
    SdhciPciDriver.hostOf(bench.device).reset();
    assertThat(controls(bench)).as("after a reset").containsExactly(expected, expected);
  }

  /** Linux never writes IC and always sets INT. */
  @Test
  void isOffUnlessAskedFor() throws ProbeException {
    DriverBench bench = new DriverBench();
    MmcHost host = bench.bind();
    host.reset();
    assertThat(controls(bench)).isEmpty();
    new DriverIo(host.queue(), bench.memory).data(BlockOperation.READ, 0x1000, 8, null, 0);
    assertThat(DriverIo.task(bench.window, bench.dma, 0, 0)).isEqualTo(0x0000_1000_0008_102FL);
  }

  /** The descriptors of driver-side 7.3 and 7.4, the first without INT, bit 2. */
  @Test
  void leavesIntOutOfDataTasksAndInDirectCommands() throws ProbeException {
    DriverBench bench = new DriverBench();
    bench.device.bind(driver(FOUR_OR_HALF_A_MILLISECOND));
    DriverIo io = new DriverIo(SdhciPciDriver.hostOf(bench.device).queue(), bench.memory);
    io.data(BlockOperation.READ, 0x1000, 8, null, 0);
    io.plain(BlockOperation.FLUSH, 0, 0, false);
    assertThat(DriverIo.task(bench.window, bench.dma, 0, 0)).isEqualTo(0x0000_1000_0008_102BL);
    assertThat(DriverIo.task(bench.window, bench.dma, 31, 0)).isEqualTo(0x0320_0101_0186_402FL);
  }

  /** Without a timer the last few would never end. */
  @Test
  void staysOffWhereCapNamesNoTimerClock() throws ProbeException {
    DriverBench bench = new DriverBench();
    bench.window.set(0x204, 0x1000_3000);
    bench.device.bind(driver(FOUR_OR_HALF_A_MILLISECOND));
    assertThat(controls(bench)).isEmpty();
    DriverIo io = new DriverIo(SdhciPciDriver.hostOf(bench.device).queue(), bench.memory);
    io.data(BlockOperation.READ, 0x1000, 8, null, 0);
    assertThat(DriverIo.task(bench.window, bench.dma, 0, 0)).isEqualTo(0x0000_1000_0008_102FL);
  }

  @ParameterizedTest
  @CsvSource({"32, 1000", "-1, 1000", "4, 0", "0, 1000", "4, -1", "4, 100000001"})
  void refusesWhatIcCannotSayAndACountWithoutATimer(int completions, long nanos) {
    assertThatThrownBy(() -> new Coalescing(completions, nanos))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("" + (completions < 0 || completions > 31 ? completions : nanos));
  }

  // ---- what the silicon makes of it

  /** A part with timers, one data path, one task after the other. */
  private static final class Silicon implements AutoCloseable {
    final TestTime timer = new TestTime();
    final ModelBench bench =
        new ModelBench(
            CardProfile.served(SECTORS),
            EngineConfig.faithful(),
            ControllerConfig.faithful(HostIdentity.PLATFORM_64).timedBy(timer),
            new HeapMedia(SECTORS * 512));
    final MmcHost host;
    int interrupts;

    Silicon(Coalescing coalescing) throws ProbeException {
      host = bench.bind(driver(coalescing));
      assertThat(host.cardProblem()).isNull();
    }

    List<Outcome> writes(int count) {
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      return IntStream.range(0, count)
          .mapToObj(i -> io.data(BlockOperation.WRITE, 16L * i, 8, null, 0))
          .toList();
    }

    /** Lets silicon and driver run for so long; each raised line is served once. */
    void run(long micros) {
      for (long passed = 0; passed <= micros; passed++) {
        while (bench.controller.doWork() > 0) {
          serve();
        }
        timer.advance(1_000);
      }
    }

    private void serve() {
      if (bench.line.raised()) {
        interrupts++;
        host.queue().poll();
      }
    }

    int register(int offset) {
      return bench.controller.read32(0x200 + offset);
    }

    @Override
    public void close() {
      bench.close();
    }
  }

  private static long done(List<Outcome> outcomes) {
    return outcomes.stream().filter(o -> o.status() == BlockStatus.OK && o.calls() == 1).count();
  }

  @Test
  void fourCompletionsInterruptOnceAndTheTimerEndsTheRest() throws ProbeException {
    try (Silicon silicon = new Silicon(FOUR_OR_HALF_A_MILLISECOND)) {
      assertThat(silicon.register(0x1C)).isEqualTo(0x8000_045E);
      List<Outcome> outcomes = silicon.writes(6);
      silicon.run(100);
      assertThat(silicon.interrupts).as("for four").isEqualTo(1);
      assertThat(done(outcomes)).isEqualTo(4);
      assertThat(Integer.bitCount(silicon.register(0x2C))).as("TCN: two more").isEqualTo(2);
      assertThat(silicon.register(0x1C) >>> 20 & 1).as("IC: some wait").isEqualTo(1);
      silicon.run(300);
      assertThat(silicon.interrupts).as("not yet").isEqualTo(1);
      silicon.run(200);
      assertThat(silicon.interrupts).as("94 units of 5,334 ns later").isEqualTo(2);
      assertThat(done(outcomes)).isEqualTo(6);
      assertThat(silicon.register(0x1C) >>> 20 & 1).as("IC: none waits").isZero();
    }
  }

  @Test
  void aFlushTakesAlongWhatWaits() throws ProbeException {
    try (Silicon silicon = new Silicon(FOUR_OR_HALF_A_MILLISECOND)) {
      List<Outcome> outcomes = silicon.writes(2);
      silicon.run(50);
      assertThat(done(outcomes)).isZero();
      DriverIo io = new DriverIo(silicon.host.queue(), silicon.bench.memory);
      Outcome flush = io.plain(BlockOperation.FLUSH, 0, 0, false);
      silicon.run(50);
      assertThat(flush.status()).isEqualTo(BlockStatus.OK);
      assertThat(done(outcomes)).isEqualTo(2);
      assertThat(silicon.interrupts).isEqualTo(1);
    }
  }

  /** The controller's own reset clears IC; so does a sleep. */
  @Test
  void resetsAndSleepsProgramItAgain() throws ProbeException {
    try (Silicon silicon = new Silicon(FOUR_OR_HALF_A_MILLISECOND)) {
      silicon.host.reset();
      silicon.host.suspend();
      silicon.host.resume();
      List<Outcome> outcomes = silicon.writes(5);
      silicon.run(100);
      assertThat(silicon.register(0x1C) & ~0x10_0000).isEqualTo(0x8000_045E);
      assertThat(silicon.interrupts).isEqualTo(1);
      assertThat(done(outcomes)).isEqualTo(4);
      silicon.run(500);
      assertThat(done(outcomes)).isEqualTo(5);
    }
  }

  /**
   * What waits for its interrupt when a recovery clears the queue is not told of, and done again.
   */
  @Test
  void aRecoveryLosesNothingThatWaits() throws ProbeException {
    try (Silicon silicon = new Silicon(FOUR_OR_HALF_A_MILLISECOND)) {
      List<Outcome> outcomes = silicon.writes(3);
      silicon.run(50);
      assertThat(done(outcomes)).isZero();
      silicon.host.requestRecovery();
      silicon.host.queue().poll();
      silicon.run(600);
      assertThat(done(outcomes)).isEqualTo(3);
      assertThat(silicon.host.queue().unfinished()).isZero();
    }
  }

  @Test
  void withoutItEachCompletionInterrupts() throws ProbeException {
    try (Silicon silicon = new Silicon(Coalescing.OFF)) {
      List<Outcome> outcomes = silicon.writes(6);
      silicon.run(100);
      assertThat(silicon.interrupts).isEqualTo(6);
      assertThat(done(outcomes)).isEqualTo(6);
      assertThat(silicon.register(0x1C)).isZero();
    }
  }
}
