package dev.keyslot.model.controller;

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
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A medium that is not done at once, as one over a network is: nothing is gathered, encrypted or
 * counted twice, by whatever way data moves.
 */
class PendingMediumTest {

  private static final int UNITS = 48;
  private static final int BYTES = UNITS * 4096;
  private static final int STEPS_MAX = 1_000;

  /** Answers PENDING twice, then does what it was asked for. */
  private static final class Slow extends ForwardingMedia {

    private final HeapMedia heap;
    private int asked;

    private Slow(HeapMedia heap) {
      super(heap);
      this.heap = heap;
    }

    private boolean pending() {
      return ++asked % 3 != 0;
    }

    @Override
    public MediaOutcome read(long offsetBytes, MemorySegment into) {
      return pending() ? MediaOutcome.PENDING : super.read(offsetBytes, into);
    }

    @Override
    public MediaOutcome write(long offsetBytes, MemorySegment from) {
      return pending() ? MediaOutcome.PENDING : super.write(offsetBytes, from);
    }

    @Override
    public MediaOutcome punch(long offsetBytes, long lengthBytes) {
      return pending() ? MediaOutcome.PENDING : super.punch(offsetBytes, lengthBytes);
    }

    @Override
    public MediaOutcome flush() {
      return pending() ? MediaOutcome.PENDING : super.flush();
    }
  }

  private final Slow medium = new Slow(new HeapMedia(8 << 20));
  private Silicon silicon;
  private BareDriver driver;
  private CqhciController registers;

  @BeforeEach
  void bringUp() {
    silicon =
        new Silicon(
            ControllerConfig.faithful(HostIdentity.COMMAND_CRYPTO),
            EngineConfig.served(),
            new EmmcCard(CardProfile.served(medium.sizeBytes() / 512), medium));
    driver = silicon.driver();
    registers = silicon.controller();
    driver.enumerate();
    driver.programKey(5, Patterns.ascending(0, 64), 0x8000_0008, 0);
    MemorySegment.copy(Patterns.sevens(BYTES), 0, driver.data(), ValueLayout.JAVA_BYTE, 0, BYTES);
  }

  @AfterEach
  void close() {
    silicon.close();
    medium.close();
  }

  private byte[] onMedium(int bytes) {
    byte[] content = new byte[bytes];
    medium.heap.read(0, MemorySegment.ofArray(content));
    return content;
  }

  private static byte[] ciphertext() {
    return new XtsOracle(Patterns.ascending(0, 64))
        .encrypt(0x1234_5678L, 4096, Patterns.sevens(BYTES));
  }

  private void dataIsAsWritten() {
    assertThat(driver.data().asSlice(0, BYTES).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(Patterns.sevens(BYTES));
  }

  /** CMD25 or CMD18 with CMD12 behind it, by ADMA2 or SDMA; until the transfer is complete. */
  private void transfer(int index, int mode) {
    registers.write32(0x34, -1);
    registers.write32(0x30, -1);
    registers.write32(0x04, (BYTES / 512) << 16 | 7 << 12 | 512);
    registers.write32(0x08, 0);
    registers.write32(0x0C, (index << 8 | 0x3A) << 16 | mode);
    int steps = 0;
    while ((registers.read32(0x30) & 0x8002) == 0 && ++steps < STEPS_MAX) {
      registers.doWork();
    }
    assertThat(registers.read32(0x30)).isEqualTo(0x3);
  }

  /** 64-bit ADMA2 descriptors, 32 KiB each, over the driver's data. */
  private void describe() {
    MemorySegment table = driver.list();
    for (int i = 0; i * 32768 < BYTES; i++) {
      boolean last = (i + 1) * 32768 >= BYTES;
      table.set(ValueLayout.JAVA_INT_UNALIGNED, i * 12L, 32768 << 16 | (last ? 0x23 : 0x21));
      table.set(ValueLayout.JAVA_LONG_UNALIGNED, i * 12L + 4, driver.dataBus() + i * 32768L);
    }
    registers.write8(0x28, (byte) 0x18);
    registers.write64(0x58, silicon.dma().busAddressOf(table));
  }

  @Test
  void encryptedByAdma2() {
    registers.write32(BareDriver.Q + 0x08, 2);
    registers.write32(BareDriver.Q + 0x74, 0x1234_5678);
    registers.write32(BareDriver.Q + 0x70, 0x105);
    describe();
    transfer(25, 0x27);
    assertThat(onMedium(BYTES)).isEqualTo(ciphertext());
    driver.data().fill((byte) 0);
    describe();
    transfer(18, 0x37);
    dataIsAsWritten();
  }

  @Test
  void byTheBufferPort() {
    byte[] bytes = Patterns.sevens(8 * 512);
    driver.writeByPort(25, 0, bytes);
    driver.command(12, 0, 0x1B);
    assertThat(onMedium(8 * 512)).isEqualTo(bytes);
    assertThat(driver.readByPort(18, 0, 8)).isEqualTo(bytes);
  }

  @Test
  void encryptedInTheQueue() {
    driver.enableQueue();
    int[] lengths = new int[BYTES / 32768];
    Arrays.fill(lengths, 32768);
    driver.chain(0, 0, lengths);
    driver.task(0, false, 0, BYTES / 512, BareDriver.crypto(5, 0x1234_5678L), 0);
    driver.complete(1);
    assertThat(onMedium(BYTES)).isEqualTo(ciphertext());
    driver.data().fill((byte) 0);
    driver.chain(0, 0, lengths);
    driver.task(0, true, 0, BYTES / 512, BareDriver.crypto(5, 0x1234_5678L), 0);
    driver.complete(1);
    dataIsAsWritten();
  }
}
