package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.fault.FaultPlan;
import dev.keyslot.model.media.FaultyMedia;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.CardBench;
import java.lang.foreign.MemorySegment;
import java.util.function.ToIntFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every error bit of R1 (device-side 1.5): the response that tells it, and that it is told once.
 */
class CardStatusBitsTest {

  private static final int SECTORS = 0x800000;
  private static final int TRAN = 0x900;

  /** A bit, its word in transfer state, and what raises it; the function returns that R1. */
  enum Bit {
    ADDRESS_OUT_OF_RANGE(0x80000000, "", b -> b.send(17, SECTORS)),
    ADDRESS_MISALIGN(0x40000000, "byte mode", b -> b.send(17, 1)),
    BLOCK_LEN_ERROR(0x20000000, "", b -> b.send(16, 256)),
    ERASE_SEQ_ERROR(0x10000000, "", b -> b.send(38, 0)),
    ERASE_PARAM(0x08000000, "", b -> eraseBackwards(b)),
    WP_VIOLATION(0x04000000, "", b -> writeProtected(b)),
    LOCK_UNLOCK_FAILED(0x01000000, "", b -> badPassword(b)),
    COM_CRC_ERROR(0x00800000, "", b -> garbled(b)),
    ILLEGAL_COMMAND(0x00400000, "", b -> illegal(b)),
    DEVICE_ECC_FAILED(0x00200000, "media-unreadable nth 1", b -> unreadable(b)),
    ERROR(0x00080000, "media-write-fails nth 1", b -> b.write(0, 1, 1)),
    CID_CSD_OVERWRITE(0x00010000, "", b -> programCid(b)),
    WP_ERASE_SKIP(0x00008000, "", b -> eraseProtected(b)),
    ERASE_RESET(0x00002000, "", b -> breakErase(b)),
    SWITCH_ERROR(0x00000080, "", b -> b.set(192, 0));

    private final int word;
    private final String setting;

    @SuppressWarnings("ImmutableEnumChecker") // without state
    private final ToIntFunction<CardBench> raise;

    Bit(int word, String setting, ToIntFunction<CardBench> raise) {
      this.word = word;
      this.setting = setting;
      this.raise = raise;
    }
  }

  private static int eraseBackwards(CardBench bench) {
    bench.send(35, 9);
    bench.send(36, 8);
    return bench.send(38, 1);
  }

  private static int writeProtected(CardBench bench) {
    bench.send(28, 0);
    return bench.write(0, 1, 1);
  }

  private static int badPassword(CardBench bench) {
    bench.send(42, 0);
    bench.give(new byte[512]);
    return bench.status();
  }

  private static int garbled(CardBench bench) {
    bench.send(23, 1);
    bench.card.commandGarbled();
    int word = bench.status();
    bench.send(18, 0);
    assertThat(bench.send(12, 0)).as("the count is used up").isEqualTo(0xA00);
    return word;
  }

  private static int illegal(CardBench bench) {
    assertThat(bench.answers(53, 0)).isFalse();
    return bench.status();
  }

  private static int unreadable(CardBench bench) {
    bench.write(0, 1, 1);
    bench.send(17, 0);
    bench.card.receive(MemorySegment.ofArray(new byte[512]));
    return bench.status();
  }

  private static int programCid(CardBench bench) {
    bench.send(26, 0);
    bench.give(new byte[16]);
    return bench.status();
  }

  private static int eraseProtected(CardBench bench) {
    bench.send(28, 0);
    return bench.erase(0, 0, 1);
  }

  private static int breakErase(CardBench bench) {
    bench.send(35, 0);
    return bench.send(16, 512);
  }

  @ParameterizedTest
  @EnumSource(Bit.class)
  void isToldOnceAndThenCleared(Bit bit) {
    boolean bytes = bit.setting.equals("byte mode");
    long sectors = bytes ? 0x400000 : SECTORS;
    FaultPlan plan = FaultPlan.parse(bytes ? "" : bit.setting, 1, line -> {});
    FaultyMedia media = new FaultyMedia(new HeapMedia(sectors * 512), plan);
    CardBench bench = new CardBench(CardProfile.served(sectors), media).powerUp();
    assertThat(bit.raise.applyAsInt(bench)).isEqualTo(bit.word | TRAN);
    assertThat(bench.status()).isEqualTo(TRAN);
  }
}
