package dev.keyslot.model.controller;

import static dev.keyslot.testkit.BareDriver.Q;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * Several threads step one controller while tasks overlap; the outcome is that of doorbell order.
 */
class ControllerThreadsTest {

  private static final int SLOTS = 31;
  private static final int AREA_BLOCKS = 64;
  private static final int ROUNDS = 1500;
  private static final long AREA = 0;
  private static final long SLOT_MEMORY = 32 * 1024;

  private final SplittableRandom random = Seeds.random(ControllerThreadsTest.class);

  /** What the area holds once everything rung so far is done, one byte a block. */
  private final byte[] shadow = new byte[AREA_BLOCKS];

  /** What each slot's read must return; null for a write. */
  private final byte[][] expected = new byte[SLOTS][];

  private int next;

  @Test
  void keepsDoorbellOrderWhereTasksOverlapWhoeverSteps() throws InterruptedException {
    try (Silicon silicon = Silicon.served(16384)) {
      BareDriver driver = silicon.driver();
      driver.enumerate();
      driver.enableQueue();
      driver.programKey(0, Patterns.ascending(0, 64), 0x80000001, 0x00010000);
      AtomicBoolean stop = new AtomicBoolean();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      List<Thread> steppers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        steppers.add(Thread.ofPlatform().start(() -> step(silicon, stop, failure)));
      }
      submitRounds(silicon, failure);
      stop.set(true);
      for (Thread stepper : steppers) {
        stepper.join();
      }
      assertThat(failure.get()).isNull();
    }
  }

  private static void step(
      Silicon silicon, AtomicBoolean stop, AtomicReference<Throwable> failure) {
    try {
      while (!stop.get()) {
        if (silicon.controller().doWork() == 0) {
          Thread.onSpinWait();
        }
      }
    } catch (Throwable t) {
      failure.set(t);
    }
  }

  private void submitRounds(Silicon silicon, AtomicReference<Throwable> failure) {
    CqhciController registers = silicon.controller();
    int free = 0x7FFFFFFF;
    int rounds = 0;
    while ((rounds < ROUNDS || free != 0x7FFFFFFF) && failure.get() == null) {
      if (free != 0 && rounds < ROUNDS) {
        int slot = Integer.numberOfTrailingZeros(free);
        free &= ~(1 << slot);
        submit(silicon.driver(), slot);
        rounds++;
      } else {
        registers.doWork();
      }
      int done = registers.read32(Q + 0x2C);
      registers.write32(Q + 0x2C, done);
      for (int left = done; left != 0; left &= left - 1) {
        verify(silicon.driver(), Integer.numberOfTrailingZeros(left));
      }
      free |= done;
      assertThat(registers.read32(Q + 0x10) & 0x3C).isZero();
    }
  }

  private void submit(BareDriver driver, int slot) {
    int first = random.nextInt(AREA_BLOCKS);
    int count = 1 + random.nextInt(Math.min(16, AREA_BLOCKS - first));
    boolean read = random.nextBoolean();
    MemorySegment memory = driver.data().asSlice(slot * SLOT_MEMORY, count * 512L);
    if (read) {
      expected[slot] = new byte[count];
      System.arraycopy(shadow, first, expected[slot], 0, count);
    } else {
      next++;
      memory.fill((byte) next);
      Arrays.fill(shadow, first, first + count, (byte) next);
      expected[slot] = null;
    }
    driver.chain(slot, slot * SLOT_MEMORY, count * 512);
    long barrier = random.nextInt(20) == 0 ? 0x4000 : 0;
    driver.task(slot, read, AREA + first, count, BareDriver.crypto(0, first), barrier);
    driver.ring(1 << slot);
  }

  private void verify(BareDriver driver, int slot) {
    if (expected[slot] != null) {
      MemorySegment memory = driver.data().asSlice(slot * SLOT_MEMORY);
      for (int i = 0; i < expected[slot].length; i++) {
        for (int at : new int[] {0, 255, 511}) {
          assertThat(memory.get(ValueLayout.JAVA_BYTE, i * 512L + at)).isEqualTo(expected[slot][i]);
        }
      }
    }
  }
}
