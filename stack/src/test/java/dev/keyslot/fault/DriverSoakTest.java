package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.Clock;
import dev.keyslot.host.block.Bio;
import dev.keyslot.host.block.BlockOperation;
import dev.keyslot.host.block.BlockStatus;
import dev.keyslot.host.block.Plug;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.host.DriverIo;
import dev.keyslot.testkit.host.ModelBench;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Real threads share one host while it is reset, suspended and resumed: no byte wrong, no hang.
 * {@code -Dkeyslot.long=true}: 2,000 disturbances of each kind.
 */
class DriverSoakTest {

  private static final long SECTORS = 8L << 20;
  private static final int TIMES = Boolean.getBoolean("keyslot.long") ? 2_000 : 100;
  private static final int THREADS = 4;
  private static final int UNITS = 64;
  private static final int UNIT_BYTES = 4096;
  private static final int UNIT_SECTORS = 8;
  private static final long IDLE_NANOS = 20_000;

  private final ModelBench bench =
      new ModelBench(
          CardProfile.served(SECTORS),
          EngineConfig.served(),
          ControllerConfig.served(2),
          new HeapMedia(SECTORS * 512),
          Clock.system());
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final AtomicBoolean stop = new AtomicBoolean();
  private MmcHost host;

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  /** One thread's share: its own sectors, its own memory, its own key; a shadow of every unit. */
  private final class Client {
    private final int number;
    private final Random chance;
    private final CryptoKey key;
    private final MemorySegment memory;
    private final byte[] shadow = new byte[UNITS];
    private final AtomicInteger pending = new AtomicInteger();
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final Plug plug = new Plug();

    private Client(int number, long seed) {
      this.number = number;
      chance = new Random(seed + number);
      key = DriverIo.key(number, UNIT_BYTES, true);
      memory = bench.memory.asSlice(number * (1L << 20), UNITS * (long) UNIT_BYTES);
    }

    private Bio bio(BlockOperation operation, int unit, int units) {
      long dun = number * 1000L + unit;
      Bio bio = new Bio().start(operation, dun * UNIT_SECTORS, (long) units * UNIT_SECTORS);
      if (operation.hasData()) {
        bio.add(memory.asSlice(unit * (long) UNIT_BYTES, units * (long) UNIT_BYTES));
        bio.crypto(key, dun);
      }
      return bio;
    }

    private void submit(Bio bio) {
      pending.incrementAndGet();
      host.queue()
          .submit(
              plug,
              bio.completion(
                  (done, status) -> {
                    if (status != BlockStatus.OK) {
                      failures.add(status + " of " + done);
                    }
                    pending.decrementAndGet();
                  }));
    }

    private void drive() {
      host.queue().finish(plug);
      while (pending.get() > 0) {
        if (bench.controller.doWork() + host.queue().poll() == 0) {
          LockSupport.parkNanos(IDLE_NANOS); // spinning would keep the disturber from its turn
        }
      }
      assertThat(failures).isEmpty();
    }

    private void round() {
      for (int unit = 0; unit < UNITS; unit++) {
        if (chance.nextInt(4) > 0) {
          shadow[unit] = (byte) (1 + chance.nextInt(255));
          memory.asSlice(unit * (long) UNIT_BYTES, UNIT_BYTES).fill(shadow[unit]);
          submit(bio(BlockOperation.WRITE, unit, 1).fua(chance.nextInt(8) == 0));
        }
      }
      drive();
      int trimmed = chance.nextInt(UNITS);
      shadow[trimmed] = 0;
      submit(bio(BlockOperation.WRITE_ZEROES, trimmed, 1));
      submit(new Bio().start(BlockOperation.FLUSH, 0, 0));
      drive();
      assertThat(host.queue().extent((number * 1000L + trimmed) * UNIT_SECTORS)).isNegative();
      memory.fill((byte) 0x33);
      for (int unit = 0; unit < UNITS; unit += 4) {
        submit(bio(BlockOperation.READ, unit, 4));
      }
      drive();
      for (int unit = 0; unit < UNITS; unit++) {
        MemorySegment read = memory.asSlice(unit * (long) UNIT_BYTES, UNIT_BYTES);
        byte[] expected = new byte[UNIT_BYTES];
        java.util.Arrays.fill(expected, shadow[unit]);
        assertThat(read.mismatch(MemorySegment.ofArray(expected)))
            .as("client %d unit %d", number, unit)
            .isEqualTo(-1);
      }
    }

    private int run() {
      for (int unit = 0; unit < UNITS; unit++) {
        shadow[unit] = 0;
      }
      int rounds = 0;
      while (!stop.get()) {
        round();
        rounds++;
      }
      return rounds;
    }
  }

  private int soak(Runnable disturbance, int times) throws Exception {
    host = bench.bind();
    long seed = Seeds.next(DriverSoakTest.class);
    List<Future<Integer>> clients = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      Client client = new Client(i, seed);
      clients.add(threads.submit(client::run));
    }
    for (int i = 0; i < times; i++) {
      TimeUnit.MILLISECONDS.sleep(10);
      disturbance.run();
    }
    stop.set(true);
    int rounds = 0;
    for (Future<Integer> client : clients) {
      rounds += client.get(60, TimeUnit.SECONDS);
    }
    assertThat(host.cryptoInvariantHolds()).isTrue();
    if (Boolean.getBoolean("keyslot.long")) {
      System.out.printf("%d disturbances, %d rounds of %d units%n", times, rounds, UNITS);
    }
    return rounds;
  }

  @Test
  @Timeout(300)
  void nothingIsLostWhileTheHostIsReset() throws Exception {
    assertThat(soak(() -> host.reset(), TIMES)).isPositive();
  }

  @Test
  @Timeout(300)
  void nothingIsLostWhileTheHostSleepsAndWakes() throws Exception {
    assertThat(
            soak(
                () -> {
                  host.suspend();
                  host.resume();
                },
                TIMES))
        .isPositive();
  }

  @Test
  @Timeout(300)
  void nothingIsLostWhileTheClockStopsAndStarts() throws Exception {
    assertThat(soak(() -> host.runtimeSuspend(), TIMES)).isPositive();
  }

  @Test
  @Timeout(300)
  void nothingIsLostInARecovery() throws Exception {
    assertThat(soak(() -> host.requestRecovery(), TIMES)).isPositive();
  }

  @Test
  @Timeout(300)
  void nothingHangsUndisturbed() throws Exception {
    assertThat(soak(() -> {}, TIMES / 2)).isPositive();
  }
}
