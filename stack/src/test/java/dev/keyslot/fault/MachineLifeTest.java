package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.Machine;
import dev.keyslot.app.stack.MachineConfig;
import dev.keyslot.app.trace.SiliconProbe;
import dev.keyslot.base.BufferPool;
import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.host.block.crypto.CryptoConfig;
import dev.keyslot.host.block.crypto.CryptoKey;
import dev.keyslot.host.block.crypto.CryptoMode;
import dev.keyslot.host.block.crypto.KeyType;
import dev.keyslot.host.device.LifecycleStep;
import dev.keyslot.host.mmc.MmcHost;
import dev.keyslot.host.nbd.ExportRequest;
import dev.keyslot.host.nbd.ExportRequest.Kind;
import dev.keyslot.host.nbd.NbdError;
import dev.keyslot.host.volume.DiscardPolicy;
import dev.keyslot.host.volume.DunRule;
import dev.keyslot.host.volume.Volume;
import dev.keyslot.host.volume.VolumeSpec;
import dev.keyslot.link.bus.CardPort;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.RenamedCard;
import dev.keyslot.testkit.SectorShadow;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.SteppedStack;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The machine that serves, with real threads and real time: asleep and awake, without its card,
 * with the same card again and with another one. {@code -Dkeyslot.long=true}: 1,000 cycles.
 */
@Timeout(300)
class MachineLifeTest {

  private static final int CYCLES = Boolean.getBoolean("keyslot.long") ? 1_000 : 40;
  private static final int CLIENTS = 2;
  private static final int SECTORS = 256;
  private static final long SECONDS_MAX = 60;

  /** A machine over a heap medium, one volume, and clients that check what they read. */
  private static final class Bench implements AutoCloseable {
    private final HeapMedia media = new HeapMedia((long) CLIENTS * SECTORS * 512);
    private final Arena arena = Arena.ofShared();
    private final BufferPool buffers = new BufferPool(CLIENTS);
    private final BufferPool bounces = new BufferPool(CLIENTS);
    private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    private final AtomicBoolean stop = new AtomicBoolean();
    private final AtomicLong good = new AtomicLong();
    private final AtomicLong bad = new AtomicLong();
    private final Machine machine;
    private final CryptoKey key;
    private final Volume volume;
    private final long seed = Seeds.next(MachineLifeTest.class);

    private Bench(HostKind kind) throws Exception {
      machine =
          new Machine(
              MachineConfig.served(
                  XtsEngines.byName("jdk"), HostChoice.of(kind), SiliconProbe.NONE),
              media,
              Disturbance.NONE);
      machine.map(buffers.region());
      machine.map(bounces.region());
      MemorySegment raw = arena.allocate(64);
      raw.copyFrom(MemorySegment.ofArray(SteppedStack.key()));
      key = CryptoKey.of(new CryptoConfig(CryptoMode.AES_256_XTS, 4096, 4, KeyType.RAW, true), raw);
      var spec =
          new VolumeSpec(
              "v",
              "",
              0,
              media.sizeBytes(),
              4096,
              DunRule.FROM_ZERO,
              false,
              DiscardPolicy.DEALLOCATE);
      assertThat(machine.queue().startUsingKey(key).ok()).isTrue();
      volume = new Volume(spec, machine.queue(), key, machine.drive(), bounces);
    }

    private MmcHost host() {
      return machine.host();
    }

    private NbdError run(ExportRequest request) {
      volume.run(new ExportRequest[] {request}, 1);
      return request.error();
    }

    /** One unit through the machine. */
    private NbdError runUnit(Kind kind) {
      MemorySegment data = buffers.region().asSlice(0, 4096);
      SectorShadow.fill(data, 0, 1);
      return run(new ExportRequest().start(kind, 0, 4096).data(data));
    }

    /** Whether the card in service has a serial number with these digits. */
    private boolean isInSlot(String digits) {
      return host().card() != null && host().card().cid().contains(digits);
    }

    private void tickUntil(BooleanSupplier condition) throws InterruptedException {
      for (int i = 0; i < SECONDS_MAX * 1_000 && !condition.getAsBoolean(); i++) {
        machine.tick();
        TimeUnit.MILLISECONDS.sleep(1);
      }
      assertThat(condition.getAsBoolean()).isTrue();
    }

    private long slept() {
      return machine.trace().count(LifecycleStep.RUNTIME_SUSPENDED);
    }

    /** For the long doses: what was done how often. */
    private void report(HostKind kind, LifecycleStep step) {
      long times = machine.trace().count(step);
      System.out.printf("%s: %s %d times, %d requests%n", kind, step.label(), times, good.get());
    }

    /** A card with this bench's medium, as it was in the slot. */
    private CardPort card() {
      return new EmmcCard(CardProfile.served(media.sizeBytes() / 512), media);
    }

    private List<Future<?>> startClients() {
      List<Future<?>> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(threads.submit(() -> client(number)));
      }
      return clients;
    }

    private void client(int number) {
      SplittableRandom random = new SplittableRandom(seed + number);
      SectorShadow shadow = new SectorShadow(CLIENTS * SECTORS);
      MemorySegment memory =
          buffers.region().asSlice((long) number * BufferPool.CHUNK_BYTES, SECTORS * 512L);
      for (int value = 1; !stop.get(); value++) {
        int first = number * SECTORS + random.nextInt(SECTORS / 2);
        int count = 1 + random.nextInt(SECTORS / 2);
        MemorySegment data = memory.asSlice(0, count * 512L);
        SectorShadow.fill(data, first, value);
        boolean fua = random.nextInt(8) == 0;
        boolean wrote = settle(Kind.WRITE, first, data, fua);
        if (wrote) {
          shadow.wrote(first, count, value, false);
        } else {
          shadow.failed(first, count, value);
        }
        data.fill((byte) 0x77);
        if (settle(Kind.READ, first, data, false)) {
          assertThat(shadow.complaint(data, first)).isNull();
        }
        if (random.nextInt(8) == 0) {
          run(new ExportRequest().start(Kind.FLUSH, 0, 0));
        }
      }
    }

    private boolean settle(Kind kind, int first, MemorySegment data, boolean fua) {
      var request = new ExportRequest().start(kind, first * 512L, data.byteSize()).fua(fua);
      boolean well = run(request.data(data)) == NbdError.OK;
      (well ? good : bad).incrementAndGet();
      return well;
    }

    private void end(List<Future<?>> clients) throws Exception {
      stop.set(true);
      for (Future<?> client : clients) {
        awaitTicking(client);
        client.get(SECONDS_MAX, TimeUnit.SECONDS);
      }
    }

    /** A client that is parked is woken by the next tick at the latest, as in the server. */
    private void awaitTicking(Future<?> client) throws InterruptedException {
      for (int i = 0; i < SECONDS_MAX * 1_000 && !client.isDone(); i++) {
        machine.tick();
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }

    /** Lets the clients get on, and machine time pass as the server's slow thread would. */
    private void letRun(long more) throws InterruptedException {
      long target = good.get() + more;
      for (int i = 0; i < 2_000 && good.get() < target; i++) {
        machine.tick();
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }

    @Override
    public void close() throws StackException {
      stop.set(true);
      threads.shutdownNow();
      machine.queue().evictKey(key);
      machine.close();
      key.close();
      buffers.close();
      bounces.close();
      arena.close();
      media.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLostOrFailsWhileTheMachineSleepsAndWakes(HostKind kind) throws Exception {
    try (Bench bench = new Bench(kind)) {
      List<Future<?>> clients = bench.startClients();
      for (int i = 0; i < CYCLES; i++) {
        bench.machine.suspend();
        bench.machine.resume();
        bench.letRun(4);
        assertThat(bench.host().cryptoInvariantHolds()).isTrue();
      }
      bench.end(clients);
      assertThat(bench.bad).hasValue(0);
      assertThat(bench.good.get()).isGreaterThan(CYCLES);
      bench.report(kind, LifecycleStep.SUSPENDED);
    }
  }

  /** The clock stops whenever nothing is in flight, a moment before the next request comes. */
  @ParameterizedTest
  @EnumSource
  void nothingIsLostOrFailsWhileTheClockStopsAndStarts(HostKind kind) throws Exception {
    try (Bench bench = new Bench(kind)) {
      List<Future<?>> clients = bench.startClients();
      for (int i = 0; i < 1_000 * CYCLES && bench.slept() < CYCLES; i++) {
        bench.machine.runtimeSuspend();
        bench.letRun(1);
        assertThat(bench.host().cryptoInvariantHolds()).isTrue();
      }
      bench.end(clients);
      assertThat(bench.slept()).isEqualTo(CYCLES);
      assertThat(bench.bad).hasValue(0);
      bench.report(kind, LifecycleStep.RUNTIME_SUSPENDED);
    }
  }

  /**
   * Nobody tells the host: the slot's contact does, and the machine ticks as it does in a server.
   */
  @ParameterizedTest
  @EnumSource
  void withoutItsCardEverythingFailsAtOnceAndWithItServesAgain(HostKind kind) throws Exception {
    try (Bench bench = new Bench(kind)) {
      List<Future<?>> clients = bench.startClients();
      for (int i = 0; i < CYCLES / 10; i++) {
        bench.letRun(4);
        bench.machine.socket().remove();
        long start = System.nanoTime();
        long before = bench.bad.get();
        bench.tickUntil(() -> bench.bad.get() >= before + CLIENTS);
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)).isLessThan(5_000);
        long good = bench.good.get();
        bench.machine.socket().insert(bench.card());
        bench.tickUntil(() -> bench.good.get() > good + 4);
        long failed = bench.bad.get() + 2 * CLIENTS;
        bench.letRun(4);
        assertThat(bench.bad.get()).as("served again").isLessThanOrEqualTo(failed);
      }
      bench.end(clients);
    }
  }

  /** Also one that is put in so quickly that nobody ever saw the slot empty. */
  @ParameterizedTest
  @EnumSource
  void anotherCardNeverServesTheOldExportAndTheOwnOneServesAgain(HostKind kind) throws Exception {
    try (Bench bench = new Bench(kind);
        HeapMedia other = new HeapMedia(bench.media.sizeBytes())) {
      assertThat(bench.runUnit(Kind.WRITE)).isEqualTo(NbdError.OK);
      for (boolean quickly : List.of(false, true)) {
        bench.machine.socket().remove();
        if (!quickly) {
          bench.tickUntil(() -> bench.runUnit(Kind.READ) != NbdError.OK);
        }
        bench
            .machine
            .socket()
            .insert(
                new RenamedCard(new EmmcCard(CardProfile.served(other.sizeBytes() / 512), other)));
        bench.tickUntil(() -> bench.isInSlot("cafef00d"));
        for (Kind asked : List.of(Kind.READ, Kind.WRITE)) {
          assertThat(bench.runUnit(asked)).as("%s", asked).isNotEqualTo(NbdError.OK);
        }
        assertThat(other.extent(0)).as("nothing was written to it").isNegative();
        bench.machine.socket().insert(bench.card());
        bench.tickUntil(() -> bench.isInSlot("deadbeef"));
        assertThat(bench.runUnit(Kind.READ)).as("its own card again").isEqualTo(NbdError.OK);
        assertThat(bench.runUnit(Kind.WRITE)).isEqualTo(NbdError.OK);
      }
    }
  }
}
