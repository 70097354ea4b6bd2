package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.device.ProbeException;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.testkit.Interleavings;
import dev.keyslot.testkit.Interleavings.Scene;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rows 25 and 28 of the checklist, exhaustively for small schedules: a client, the hardware and
 * what happens to the host take their steps in every possible order.
 */
class LifecycleSchedulesTest {

  private static final long SECTORS = 8L << 20;

  /**
   * A bound host, an encrypted write and read of it by a client, the silicon, and a disturbance.
   */
  private static final class HostScene implements Scene {
    private final ModelBench bench = new ModelBench(SECTORS);
    private final CryptoKey key = DriverIo.key(3, 4096, true);
    private final List<DriverIo.Outcome> outcomes = new ArrayList<>();
    private final Consumer<MmcHost> first;
    private final Consumer<MmcHost> second;
    private final MmcHost host;

    private HostScene(Consumer<MmcHost> first, Consumer<MmcHost> second) {
      this.first = first;
      this.second = second;
      try {
        host = bench.bind();
      } catch (ProbeException e) {
        throw new AssertionError(e);
      }
      bench.memory.asSlice(0, 4096).fill((byte) 0x42);
    }

    @Override
    public Runnable[][] agents() {
      DriverIo io = new DriverIo(host.queue(), bench.memory);
      Runnable work = this::silicon;
      return new Runnable[][] {
        {
          () -> outcomes.add(io.data(BlockOperation.WRITE, 8, 8, key, 1)),
          () -> outcomes.add(io.plain(BlockOperation.FLUSH, 0, 0, false)),
          this::poll
        },
        {work, work, work},
        {() -> first.accept(host), () -> second.accept(host)}
      };
    }

    private void silicon() {
      assertThat(host.cryptoInvariantHolds()).isTrue();
      bench.controller.doWork();
    }

    private void poll() {
      assertThat(host.cryptoInvariantHolds()).isTrue();
      host.queue().poll();
    }

    @Override
    public void check() {
      bench.settle(host);
      assertThat(outcomes).allMatch(o -> o.status() == BlockStatus.OK && o.calls() == 1);
      bench.memory.asSlice(0, 4096).fill((byte) 0);
      DriverIo.Outcome read =
          new DriverIo(host.queue(), bench.memory).data(BlockOperation.READ, 8, 8, key, 1);
      bench.settle(host);
      assertThat(read.status()).isEqualTo(BlockStatus.OK);
      assertThat(bench.memory.get(ValueLayout.JAVA_BYTE, 4095)).isEqualTo((byte) 0x42);
      assertThat(host.queue().unfinished()).isZero();
      assertThat(bench.device.unbind()).isEmpty();
    }

    @Override
    public void close() {
      key.close();
      bench.close();
    }
  }

  /** 8! / (3! 3! 2!) orders each. */
  @ParameterizedTest
  @ValueSource(strings = {"suspend", "doze", "reset", "recovery"})
  void everyOrderOfClientSiliconAndDisturbanceEndsWell(String what) {
    int orders =
        Interleavings.all(
            () ->
                switch (what) {
                  case "suspend" -> new HostScene(MmcHost::suspend, MmcHost::resume);
                  case "doze" -> new HostScene(MmcHost::runtimeSuspend, MmcHost::runtimeSuspend);
                  case "reset" -> new HostScene(MmcHost::reset, host -> host.queue().poll());
                  default -> new HostScene(MmcHost::requestRecovery, host -> host.queue().poll());
                });
    assertThat(orders).isEqualTo(560);
  }

  /** Two that read a number, then write it back one higher. */
  private static final class PlantedRace implements Scene {
    private final int[] read = new int[2];
    private int number;

    @Override
    public Runnable[][] agents() {
      return new Runnable[][] {
        {() -> read[0] = number, () -> number = read[0] + 1},
        {() -> read[1] = number, () -> number = read[1] + 1}
      };
    }

    @Override
    public void check() {
      assertThat(number).isEqualTo(2);
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  @Test
  void theEnumerationFindsAPlantedRace() {
    assertThatThrownBy(() -> Interleavings.all(PlantedRace::new))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("in the order [0, 1, 0, 1]");
  }
}
