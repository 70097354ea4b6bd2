package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.CqhciController;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Silicon;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Device-side reference 9.3, by a driver that knows nothing but the datasheet: items 3, 6, 8, 9 and
 * 11. Where the other items are tested stands in docs/testing.md.
 */
class AcceptanceTest {

  private static final int Q = BareDriver.Q;
  private static final int SECTORS = 2048;
  private static final byte[] KEY = Patterns.ascending(0, 64);

  private final HeapMedia media = new HeapMedia(SECTORS * 512L);

  /** Blocks that were written; the others read as noise. */
  private final BitSet written = new BitSet();

  private Silicon silicon;
  private BareDriver driver;
  private CqhciController registers;

  @BeforeEach
  void bringUp() {
    silicon = Silicon.served(media);
    driver = silicon.driver();
    registers = silicon.controller();
    driver.enumerate();
    driver.enableQueue();
    driver.programKey(4, KEY, 0x80000001, 0);
  }

  @AfterEach
  void close() {
    silicon.close();
    media.close();
  }

  /** Item 3: each round fills some slots with tasks that do not touch one another. */
  @Test
  void verifiesRandomTasksOnRandomSlots() {
    SplittableRandom random = Seeds.random(AcceptanceTest.class);
    byte[] shadow = new byte[SECTORS * 512];
    for (int round = 0; round < 60; round++) {
      int mask = (random.nextInt() & 0x7FFFFFFF) | 1;
      int[] block = new int[31];
      int[] count = new int[31];
      boolean[] read = new boolean[31];
      for (int slot = 0; slot < 31; slot++) {
        if ((mask >>> slot & 1) != 0) {
          block[slot] = slot * 66 + random.nextInt(50);
          count[slot] = 1 + random.nextInt(8);
          read[slot] = random.nextBoolean();
          prepare(slot, block[slot], count[slot], read[slot], random, shadow);
        }
      }
      driver.complete(mask);
      for (int slot = 0; slot < 31; slot++) {
        if ((mask >>> slot & 1) != 0 && read[slot]) {
          int at = block[slot] * 512;
          assertThat(host(slot, count[slot]))
              .as("round %d slot %d block %d", round, slot, block[slot])
              .isEqualTo(Arrays.copyOfRange(shadow, at, at + count[slot] * 512));
        }
      }
    }
    assertMediumHoldsCiphertextOf(shadow);
  }

  private void prepare(
      int slot, int block, int count, boolean read, SplittableRandom random, byte[] shadow) {
    MemorySegment memory = driver.data().asSlice(slot * 4096L, count * 512L);
    if (read) {
      memory.fill((byte) 0xEE);
    } else {
      byte[] fresh = Seeds.bytes(random, count * 512);
      memory.copyFrom(MemorySegment.ofArray(fresh));
      System.arraycopy(fresh, 0, shadow, block * 512, fresh.length);
      written.set(block, block + count);
    }
    if (read && written.get(block, block + count).cardinality() != count) {
      // Never written sectors are noise on this part: write them first, in the same place.
      prepare(slot, block, count, false, random, shadow);
      driver.chain(slot, slot * 4096L, count * 512);
      driver.task(slot, false, block, count, BareDriver.crypto(4, block), 0);
      driver.complete(1 << slot);
      memory.fill((byte) 0xEE);
    }
    driver.chain(slot, slot * 4096L, count * 512);
    driver.task(slot, read, block, count, BareDriver.crypto(4, block), 0);
  }

  private byte[] host(int slot, int count) {
    return driver.data().asSlice(slot * 4096L, count * 512L).toArray(ValueLayout.JAVA_BYTE);
  }

  private void assertMediumHoldsCiphertextOf(byte[] shadow) {
    for (int block = written.nextSetBit(0); block >= 0; block = written.nextSetBit(block + 1)) {
      byte[] stored = new byte[512];
      media.read(block * 512L, MemorySegment.ofArray(stored));
      byte[] plain = Arrays.copyOfRange(shadow, block * 512, block * 512 + 512);
      assertThat(stored)
          .as("block %d", block)
          .isEqualTo(new XtsOracle(KEY).encrypt(block, 512, plain));
    }
  }

  /** Item 6: the counter can be asked for only with the queue off, which then goes on again. */
  @Test
  void readsTheRpmbCounterBetweenQueues() {
    registers.write32(Q + 0x08, 0);
    registers.write32(0x34, -1);
    driver.switchByte(15, 0);
    driver.switchByte(179, 3);
    byte[] request = new byte[512];
    request[511] = 2;
    driver.command(23, 1, 0x1A);
    driver.writeByPort(25, 0, request);
    driver.command(23, 1, 0x1A);
    byte[] answer = driver.readByPort(18, 0, 1);
    assertThat(Arrays.copyOfRange(answer, 508, 512))
        .as("key not programmed, response to a counter read")
        .containsExactly(0, 7, 2, 0);
    driver.switchByte(179, 0);
    driver.enableQueue();
    driver.chain(0, 0, 512);
    driver.task(0, false, 0, 1, BareDriver.crypto(4, 0), 0);
    driver.complete(1);
  }

  /** Item 8. */
  @Test
  void programsKeysAgainAfterAReset() {
    registers.write8(0x2F, (byte) 1);
    driver.enumerate();
    driver.enableQueue();
    driver.data().fill((byte) 0x33);
    driver.chain(0, 0, 512);
    driver.task(0, false, 5, 1, BareDriver.crypto(4, 5), 0);
    driver.ring(1);
    assertThat(driver.awaitQueue()).as("ICCE: the reset took the key").isEqualTo(0x20);
    driver.recover();
    driver.programKey(4, KEY, 0x80000001, 0);
    driver.complete(1);
    byte[] stored = new byte[512];
    media.read(5 * 512, MemorySegment.ofArray(stored));
    assertThat(stored).isEqualTo(new XtsOracle(KEY).encrypt(5, 512, Patterns.filled(0x33, 512)));
  }

  /**
   * Item 9: sixteen blocks flushed, the same ones written again, power off by the register. The new
   * ones survive as the policy says; where there is no new one, the flushed one is whole.
   */
  @ParameterizedTest
  @EnumSource(PowerLoss.class)
  void keepsWhatWasFlushedOverAPowerCut(PowerLoss policy) {
    try (HeapMedia cut = new HeapMedia(SECTORS * 512L);
        Silicon losing =
            new Silicon(
                ControllerConfig.faithful(HostIdentity.PLATFORM_64),
                EngineConfig.served(),
                new EmmcCard(CardProfile.losing(SECTORS, policy, 9), cut))) {
      for (int round = 0; round < 8; round++) {
        BareDriver second = losing.driver();
        start(second);
        fillSixteen(second, 0x11);
        second.direct(6, 0x03200101, 3, true);
        fillSixteen(second, 0x22);
        losing.controller().write8(0x29, (byte) 0);
        start(second);
        String found = readSixteen(second);
        switch (policy) {
          case NONE -> assertThat(found).isEqualTo("o".repeat(16));
          case ALL -> assertThat(found).isEqualTo("n".repeat(16));
          case FIFO_PREFIX -> assertThat(found).matches("n*o*");
          case RANDOM_SUBSET -> assertThat(found).matches("[no]*");
          case TORN_PREFIX -> assertThat(found).matches("n*\\??o*");
        }
      }
    }
  }

  private static void start(BareDriver driver) {
    driver.enumerate();
    driver.enableQueue();
    driver.programKey(4, KEY, 0x80000001, 0);
  }

  private static void fillSixteen(BareDriver driver, int value) {
    driver.data().asSlice(0, 512).fill((byte) value);
    for (int block = 0; block < 16; block++) {
      driver.chain(0, 0, 512);
      driver.task(0, false, block, 1, BareDriver.crypto(4, block), 0);
      driver.complete(1);
    }
  }

  /** For each block: o old, n new, ? neither. */
  private static String readSixteen(BareDriver driver) {
    StringBuilder found = new StringBuilder();
    for (int block = 0; block < 16; block++) {
      driver.chain(0, 0, 512);
      driver.task(0, true, block, 1, BareDriver.crypto(4, block), 0);
      driver.complete(1);
      byte[] bytes = driver.data().asSlice(0, 512).toArray(ValueLayout.JAVA_BYTE);
      boolean old = Arrays.equals(bytes, Patterns.filled(0x11, 512));
      boolean fresh = Arrays.equals(bytes, Patterns.filled(0x22, 512));
      found.append(old ? 'o' : fresh ? 'n' : '?');
    }
    return found.toString();
  }

  /** Item 11: slot and length; 4096-byte units in slot 5, slot 6 empty. */
  @ParameterizedTest
  @CsvSource({"5, 7, 16", "5, 1, 16", "6, 8, 32", "31, 8, 32", "255, 8, 32"})
  void neverLeavesPlaintextForARefusedTask(int keyslot, int blocks, int status) {
    driver.programKey(5, KEY, 0x80000008, 0);
    driver.data().fill((byte) 0x44);
    driver.chain(0, 0, blocks * 512);
    driver.task(0, false, 0, blocks, BareDriver.crypto(keyslot, 0), 0);
    driver.ring(1);
    assertThat(driver.awaitQueue()).isEqualTo(status);
    assertThat(media.extent(0)).as("nothing is on the medium").isEqualTo(-SECTORS * 512L);
  }
}
