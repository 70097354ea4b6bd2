package dev.keyslot.model.controller;

import static dev.keyslot.testkit.BareDriver.Q;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.model.media.MediaOutcome;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.ForwardingMedia;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every way a task can go wrong, as software sees it. Numbers are the datasheet's. */
class QueueErrorsTest {

  private static final int RED = 0x04;
  private static final int GCE = 0x10;
  private static final int ICCE = 0x20;
  private static final int TCC = 0x02;

  private static final byte[] KEY = Patterns.ascending(0, 64);

  /** A medium that can be told to fail. */
  private static final class MoodyMedia extends ForwardingMedia {
    private MediaOutcome writes = MediaOutcome.DONE;
    private MediaOutcome reads = MediaOutcome.DONE;
    private MediaOutcome flushes = MediaOutcome.DONE;

    private MoodyMedia() {
      super(new HeapMedia(8L << 20));
    }

    @Override
    public MediaOutcome read(long offsetBytes, MemorySegment into) {
      return reads == MediaOutcome.DONE ? super.read(offsetBytes, into) : reads;
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      return writes == MediaOutcome.DONE ? super.write(offsetBytes, from) : writes;
    }

    @Override
    public MediaOutcome punch(long offsetBytes, long lengthBytes) {
      return writes == MediaOutcome.DONE ? super.punch(offsetBytes, lengthBytes) : writes;
    }

    @Override
    public MediaOutcome flush() {
      return flushes;
    }
  }

  private final MoodyMedia media = new MoodyMedia();
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
  }

  @AfterEach
  void close() {
    silicon.close();
  }

  /** Rings slot 0 and returns the IS bits that come. */
  private int ringAndWait() {
    driver.ring(1);
    return driver.awaitQueue();
  }

  private void read(int blocks, long upper) {
    driver.chain(0, 0, blocks * 512);
    driver.task(0, true, 0, blocks, upper, 0);
  }

  private void write(int blocks, long upper) {
    driver.chain(0, 0, blocks * 512);
    driver.task(0, false, 0, blocks, upper, 0);
  }

  @Test
  void refusesADisabledSlotWithIcceAndSendsNothing() {
    write(8, BareDriver.crypto(3, 0));
    assertThat(ringAndWait()).isEqualTo(ICCE);
    assertThat(registers.read32(Q + 0x3C)).isEqualTo(1);
    assertThat(registers.read32(Q + 0x34)).as("nothing is queued in the card").isZero();
    assertThat(media.extent(0)).as("nothing is written").isNegative();
  }

  @Test
  void refusesCryptoWhileItIsNotEnabledAtAll() {
    registers.write32(Q + 0x08, 0);
    registers.write32(Q + 0x08, 0x1100);
    registers.write32(Q + 0x08, 0x1101);
    driver.programKey(0, KEY, 0x80000008, 0);
    write(8, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(ICCE);
    assertThat(media.extent(0)).isNegative();
  }

  /** dword 16 and dword 17 of a slot that our part cannot use. */
  @ParameterizedTest
  @CsvSource({
    "0x80000000, 0", // no data unit
    "0x80000009, 0", // two data units
    "0x80000108, 0", // no such capability
    "0x00000008, 0", // not enabled
  })
  void refusesASlotWithAnImpossibleConfiguration(String config, int vendor) {
    driver.programKey(0, KEY, Long.decode(config).intValue(), vendor);
    read(8, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(ICCE);
  }

  @Test
  void refusesASlotWhoseKeyChangedUnderIt() {
    driver.programKey(0, KEY, 0x80000008, 0);
    registers.write32(BareDriver.KEYS + 12, 0x12345678);
    read(8, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(ICCE);
    assertThat(registers.read32(BareDriver.KEYS + 0x40))
        .as("the slot still says enabled")
        .isEqualTo(0x80000008);
  }

  @Test
  void neverGivesKeyWordsBack() {
    driver.programKey(0, KEY, 0x80000008, 0);
    for (int i = 0; i < 64; i += 4) {
      assertThat(registers.read32(BareDriver.KEYS + i)).isZero();
    }
  }

  @Test
  void refusesPartOfADataUnitWithGce() {
    driver.programKey(0, KEY, 0x80000008, 0);
    read(7, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(GCE);
    // Data part: command 46, task 0, valid.
    assertThat(registers.read32(Q + 0x54)).isEqualTo(0x802E0000);
  }

  @Test
  void reportsATaskDescriptorThatIsNone() {
    driver.describe(0, 0, 0);
    assertThat(ringAndWait()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x54)).as("response part: 44, task 0").isEqualTo(0x802C);
    assertThat(registers.read32(Q + 0x3C)).isEqualTo(1);
  }

  @Test
  void reportsAnAddressBeyondTheEndAsResponseError() {
    driver.chain(0, 0, 4096);
    driver.task(0, true, 16384 - 4, 8, 0, 0);
    assertThat(ringAndWait()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x54)).as("response part: 45, task 0").isEqualTo(0x802D);
    assertThat(registers.read32(Q + 0x5C)).isEqualTo(0x80000900);
  }

  @ParameterizedTest
  @CsvSource({"2048", "8192"})
  void reportsDescriptorsThatDoNotSumUpAsAdmaError(int bytes) {
    driver.chain(0, 0, bytes);
    driver.task(0, true, 0, 8, 0, 0);
    driver.ring(1);
    for (int i = 0; i < 10; i++) {
      registers.doWork();
    }
    assertThat(registers.read32(0x30) & 0xFFFF0000).isEqualTo(0x02000000);
    assertThat(registers.read32(Q + 0x54)).isEqualTo(0x802E0000);
    assertThat(silicon.line().raised()).isTrue();
  }

  @Test
  void reportsMemoryThatIsNotMappedAsAdmaError() {
    driver.chain(0, 1L << 40, 4096);
    driver.task(0, false, 0, 8, 0, 0);
    driver.ring(1);
    for (int i = 0; i < 10; i++) {
      registers.doWork();
    }
    assertThat(registers.read32(0x30) & 0xFFFF0000).isEqualTo(0x02000000);
  }

  @Test
  void tellsAFullMediumFromOtherFailures() {
    media.writes = MediaOutcome.FULL;
    write(8, 0);
    assertThat(ringAndWait()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x54)).as("data part: 47, task 0").isEqualTo(0x802F0000);
    assertThat(registers.read32(Q + 0x5C) & 0x00080040).isEqualTo(0x00080040);
    driver.recover();

    media.writes = MediaOutcome.FAILED;
    write(8, 0);
    assertThat(ringAndWait()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x5C) & 0x00080040).isEqualTo(0x00080000);
    driver.recover();

    media.writes = MediaOutcome.DONE;
    write(8, 0);
    driver.complete(1);
    registers.write32(0x34, -1);
    assertThat(driver.status() & 0x40).as("the event is over").isZero();
  }

  @Test
  void reportsAnUncorrectableReadInTheStatusOfItsTask() {
    media.reads = MediaOutcome.FAILED;
    read(8, 0);
    assertThat(ringAndWait()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x58)).isEqualTo(46);
    assertThat(registers.read32(Q + 0x5C) & 0x00200000).isNotZero();
  }

  @Test
  void reportsAFlushThatFailedBehindItsBusyAnswer() {
    media.flushes = MediaOutcome.FAILED;
    driver.describe(31, 0x03200101_0186402FL, 0);
    driver.ring(1 << 31);
    assertThat(driver.awaitQueue()).isEqualTo(RED);
    assertThat(registers.read32(Q + 0x54)).as("response part: 13, task 31").isEqualTo(0x9F0D);
    assertThat(registers.read32(Q + 0x2C)).as("not completed").isZero();
  }

  @Test
  void failsAReliableWriteWhoseFlushFails() {
    media.flushes = MediaOutcome.FAILED;
    driver.chain(0, 0, 4096);
    driver.task(0, false, 0, 8, 0, 0x8000);
    assertThat(ringAndWait()).isEqualTo(RED);
  }

  @Test
  void startsNothingAfterAnErrorUntilRecoveryAndKeepsKeys() {
    driver.programKey(0, KEY, 0x80000008, 0);
    write(7, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(GCE);
    driver.chain(1, 0, 4096);
    driver.task(1, false, 64, 8, BareDriver.crypto(0, 0), 0);
    driver.ring(2);
    for (int i = 0; i < 10; i++) {
      registers.doWork();
    }
    assertThat(registers.read32(Q + 0x28)).isEqualTo(3);
    assertThat(media.extent(64 * 512)).isNegative();

    driver.recover();
    assertThat(registers.read32(Q + 0x28)).isZero();
    driver.complete(2);
    assertThat(media.extent(64 * 512)).isPositive();
  }

  @Test
  void haltsAtOnceWhenIdleAndRunsLatchedDoorbellsAfterwards() {
    read(8, 0);
    registers.write32(Q + 0x0C, 1);
    assertThat(registers.read32(Q + 0x0C)).isEqualTo(1);
    driver.ring(1);
    registers.doWork();
    assertThat(registers.read32(Q + 0x28)).isEqualTo(1);
    registers.write32(Q + 0x0C, 0);
    assertThat(registers.read32(Q + 0x0C)).isZero();
    assertThat(driver.awaitQueue()).isEqualTo(TCC);
  }

  @Test
  void ignoresDoorbellsWhileDisabledAndDropsTasksOnDisabling() {
    read(8, 0);
    driver.ring(1);
    registers.write32(Q + 0x08, 0x1102);
    assertThat(registers.read32(Q + 0x28)).isZero();
    driver.ring(1);
    assertThat(registers.read32(Q + 0x28)).isZero();
    assertThat(registers.doWork()).isZero();
  }

  @Test
  void forgetsKeysOnAHostReset() {
    driver.programKey(0, KEY, 0x80000008, 0);
    driver.enumerate();
    driver.enableQueue();
    read(8, BareDriver.crypto(0, 0));
    assertThat(ringAndWait()).isEqualTo(ICCE);
  }

  @Test
  void keepsTheOrderOfOverlappingTasksAndBarriers() {
    MemorySegment data = driver.data();
    for (int i = 0; i < 31; i++) {
      data.asSlice(i * 4096L, 4096).fill((byte) (i + 1));
      driver.chain(i, i * 4096L, 4096);
      driver.task(i, false, 0, 8, 0, i % 7 == 3 ? 0x4000 : 0);
    }
    // Rung from the highest slot down: the last write is slot 0's.
    for (int i = 30; i >= 0; i--) {
      driver.ring(1 << i);
    }
    int done = 0;
    while (done != 0x7FFFFFFF) {
      driver.awaitQueue();
      int tcn = registers.read32(Q + 0x2C);
      registers.write32(Q + 0x2C, tcn);
      done |= tcn;
    }
    byte[] now = new byte[4096];
    media.read(0, MemorySegment.ofArray(now));
    assertThat(now).containsOnly(1);
  }

  @Test
  void coalescesCompletionsByCountWhereTheTaskAllowsIt() {
    registers.write32(Q + 0x1C, 0x80008300); // enable, threshold 3
    for (int i = 0; i < 3; i++) {
      driver.chain(i, 0, 512);
      driver.task(i, true, i, 1, 0, 0);
      driver.describe(i, driver.list().get(ValueLayout.JAVA_LONG_UNALIGNED, i * 32L) & ~4L, 0);
    }
    driver.ring(1);
    registers.doWork();
    driver.ring(2);
    registers.doWork();
    assertThat(registers.read32(Q + 0x10)).isZero();
    assertThat(registers.read32(Q + 0x2C)).isEqualTo(3);
    assertThat(registers.read32(Q + 0x1C) & 0x00100000).isNotZero();
    driver.ring(4);
    registers.doWork();
    assertThat(registers.read32(Q + 0x10)).isEqualTo(TCC);
  }

  @Test
  void readsTheDescriptorsOfEveryIdentity() {
    // PLATFORM_32 is driven by DriverOnModelTest, in a space of low addresses.
    for (HostIdentity identity : List.of(HostIdentity.PLATFORM_64, HostIdentity.PCI_INTEL)) {
      HeapMedia fresh = new HeapMedia(8L << 20);
      try (Silicon other =
          new Silicon(
              ControllerConfig.faithful(identity),
              EngineConfig.served(),
              new EmmcCard(CardProfile.served(16384), fresh))) {
        BareDriver bare = other.driver();
        bare.enumerate();
        bare.enableQueue();
        bare.data().fill((byte) 9);
        bare.chain(0, 0, 1024, 1024, 2048);
        bare.task(0, false, 0, 8, 0, 0);
        bare.complete(1);
        byte[] now = new byte[4096];
        fresh.read(0, MemorySegment.ofArray(now));
        assertThat(now).as(identity.name()).containsOnly(9);
      }
    }
  }
}
