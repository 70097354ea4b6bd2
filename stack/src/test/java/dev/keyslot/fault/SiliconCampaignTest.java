package dev.keyslot.fault;

import static dev.keyslot.testkit.BareDriver.Q;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.FaultyCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random faults under random tasks, whose memory the host takes away now and then: nothing wrong is
 * returned as good, no plaintext reaches the medium, nothing hangs, no exception leaves the model,
 * and the queue works again after each recovery.
 *
 * <p>{@code -Dkeyslot.campaign.runs=10000} runs the long one.
 */
class SiliconCampaignTest {

  private static final int RUNS = Integer.getInteger("keyslot.campaign.runs", 40);
  private static final int ROUNDS = 25;
  private static final int UNITS = 32;
  private static final int UNIT = 4096;
  private static final int STEPS_MAX = 300;
  private static final String MARK = "PLAIN";

  /** Faults that tell, each with what triggers it filled in later; bring-up meets none of them. */
  private static final List<String> FAULTS =
      List.of(
          "command-silent index 44",
          "command-silent index 45",
          "command-silent index 46",
          "command-silent index 47",
          "command-crc index 44",
          "command-crc index 47",
          "command-index index 46",
          "command-end-bit index 45",
          "status-error index 44",
          "status-error index 46",
          "status-error index 47",
          "read-crc index 1",
          "write-crc index 2",
          "data-timeout index 0",
          "ready-lost index 1",
          "ready-spurious index 7",
          "media-unreadable",
          "media-write-fails",
          "media-full",
          "flush-fails",
          "dma-unmapped",
          "doorbell-ignored index 2",
          "interrupt-missed index 0",
          "crypto-general",
          "crypto-invalid");

  /** One task in so many has memory of its own, which may go at any moment. */
  private static final int OWN_MEMORY_EVERY = 6;

  private record Task(int slot, boolean read, int unit, int value, Loan loan) {

    boolean gone() {
      return loan != null && loan.gone;
    }
  }

  /** Memory that a task uses and the host takes away: out of the map, or out of the world. */
  private final class Loan {

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(UNIT, UNIT);
    private final long bus = dma.map(memory);
    private boolean gone;

    void takeAway() {
      gone = true;
      takenAway++;
      if (random.nextBoolean()) {
        dma.unmap(bus);
      } else {
        arena.close();
      }
    }

    void end() {
      boolean mapped = dma.resolve(bus, 0) != null;
      if (arena.scope().isAlive()) {
        arena.close();
      }
      if (mapped) {
        dma.unmap(bus);
      }
    }
  }

  private SplittableRandom random;
  private BareDriver driver;
  private CqhciController registers;
  private DmaSpace dma;
  private int next;
  private int takenAway;

  /** What each data unit may hold, sector by sector; one value unless a write of it failed. */
  private List<Set<Integer>> allowed;

  @Test
  void neverReturnsWrongDataAsGoodAndAlwaysRecovers() {
    SplittableRandom seeds = Seeds.random(SiliconCampaignTest.class);
    for (int run = 0; run < RUNS; run++) {
      long seed = seeds.nextLong();
      String plan = plan(new SplittableRandom(seed));
      try {
        run(seed, plan);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("run with seed " + seed + " and plan\n" + plan, e);
      }
    }
    assertThat(takenAway).as("tasks without their memory").isPositive();
  }

  /** A fault that does not tell is found by the data. */
  @ParameterizedTest
  @ValueSource(
      strings = {"media-bit-flip every 3", "media-write-lost every 3", "key-flipped every 3"})
  void noticesWrongData(String silent) {
    assertThatThrownBy(() -> run(1, silent))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("of unit");
  }

  private static String plan(SplittableRandom random) {
    StringBuilder plan = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      plan.append(FAULTS.get(random.nextInt(FAULTS.size())))
          .append(
              switch (random.nextInt(3)) {
                case 0 -> " nth " + (1 + random.nextInt(30));
                case 1 -> " every " + (5 + random.nextInt(20));
                default -> " probability 0.05";
              })
          .append('\n');
    }
    return plan.toString();
  }

  private void run(long seed, String text) {
    random = new SplittableRandom(seed);
    allowed = new ArrayList<>();
    for (int i = 0; i < UNITS; i++) {
      allowed.add(new HashSet<>(Set.of(0)));
    }
    HeapMedia heap = new HeapMedia(8L << 20);
    FaultPlan plan = FaultPlan.parse(text, seed, line -> {});
    FaultyCard card =
        new FaultyCard(new EmmcCard(CardProfile.served(16384), new FaultyMedia(heap, plan)), plan);
    ControllerConfig config = ControllerConfig.served(1).withFaults(plan);
    try (Silicon silicon = new Silicon(config, EngineConfig.served(), card)) {
      driver = silicon.driver();
      registers = silicon.controller();
      dma = silicon.dma();
      driver.enumerate();
      driver.enableQueue();
      driver.programKey(0, Patterns.ascending(0, 64), 0x80000008, 0x00010000);
      for (int round = 0; round < ROUNDS; round++) {
        round();
      }
    }
    byte[] medium = new byte[UNITS * UNIT];
    heap.read(0, MemorySegment.ofArray(medium));
    assertThat(new String(medium, StandardCharsets.ISO_8859_1)).doesNotContain(MARK);
  }

  private void round() {
    List<Task> tasks = new ArrayList<>();
    Set<Integer> used = new HashSet<>();
    int bits = 0;
    for (int slot = 0; slot < 4; slot++) {
      int unit = random.nextInt(UNITS);
      if (used.add(unit)) {
        Loan loan = random.nextInt(OWN_MEMORY_EVERY) == 0 ? new Loan() : null;
        Task task = new Task(slot, random.nextBoolean(), unit, ++next, loan);
        prepare(task);
        tasks.add(task);
        bits |= 1 << slot;
      }
    }
    driver.ring(bits);
    int done = 0;
    boolean failed = false;
    int takenAt = random.nextInt(6);
    for (int i = 0; i < STEPS_MAX && done != bits && !failed; i++) {
      if (i == takenAt) {
        tasks.stream().filter(t -> t.loan() != null).forEach(t -> t.loan().takeAway());
      }
      registers.doWork();
      int is = registers.read32(Q + 0x10);
      registers.write32(Q + 0x10, is);
      int tcn = registers.read32(Q + 0x2C);
      registers.write32(Q + 0x2C, tcn);
      done |= tcn;
      failed = (is & 0x34) != 0 || registers.read16(0x32) != 0;
    }
    for (Task task : tasks) {
      settle(task, (done & 1 << task.slot()) != 0);
    }
    if (done != bits) {
      driver.recover();
    }
    tasks.stream().filter(t -> t.loan() != null).forEach(t -> t.loan().end());
  }

  /** One value fills a sector from its eighth byte on. */
  private static void check(MemorySegment sector, String where, Set<Integer> values) {
    int value = sector.get(ValueLayout.JAVA_INT_UNALIGNED, 8);
    assertThat(values).as(where).contains(value);
    for (int at = 12; at < 512; at += 4) {
      int other = sector.get(ValueLayout.JAVA_INT_UNALIGNED, at);
      if (other != value) {
        throw new AssertionError(where + " must be filled with " + value + ": " + other);
      }
    }
  }

  private MemorySegment memory(Task task) {
    return task.loan() != null
        ? task.loan().memory
        : driver.data().asSlice(task.slot() * (long) UNIT, UNIT);
  }

  private void prepare(Task task) {
    MemorySegment memory = memory(task);
    memory.fill((byte) 0xEE);
    if (!task.read()) {
      for (int sector = 0; sector < UNIT; sector += 512) {
        memory.setString(sector, MARK);
        for (int at = 8; at < 512; at += 4) {
          memory.set(ValueLayout.JAVA_INT_UNALIGNED, sector + at, task.value());
        }
      }
    }
    driver.chain(task.slot(), dma.busAddressOf(memory) - driver.dataBus(), UNIT);
    driver.task(
        task.slot(), task.read(), task.unit() * 8L, 8, BareDriver.crypto(0, task.unit()), 0);
  }

  private void settle(Task task, boolean completed) {
    Set<Integer> values = allowed.get(task.unit());
    if (!task.read()) {
      if (completed) {
        values.clear();
      }
      values.add(task.value());
    } else if (completed && !task.gone()) {
      MemorySegment memory = memory(task);
      for (int sector = 0; sector < UNIT; sector += 512) {
        check(
            memory.asSlice(sector, 512),
            "sector %d of unit %d".formatted(sector / 512, task.unit()),
            values);
      }
    }
  }
}
