package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.CardResponse.Line;
import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.CardTrait;
import dev.keyslot.testkit.CardBench;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each command of device-side 1.6 in each state of 1.2, and the bits of 1.5 that commands raise.
 */
class CardCommandsTest {

  private static final int SECTORS = 0x800000;

  private static CardBench fresh() {
    return new CardBench(CardProfile.faithful(SECTORS, 1));
  }

  /** Brings a fresh card into a state by commands alone. */
  private static CardBench in(String state) {
    CardBench bench = fresh();
    bench.card.power(true);
    switch (state) {
      case "pre-idle" -> {}
      case "idle" -> bench.answers(0, 0);
      case "ready" -> {
        bench.answers(0, 0);
        bench.send(1, 0x40FF8080);
        bench.send(1, 0x40FF8080);
      }
      case "ident" -> {
        bench.answers(0, 0);
        bench.send(1, 0x40FF8080);
        bench.send(1, 0x40FF8080);
        bench.send(2, 0);
      }
      case "stby" -> bench.standby();
      case "slp" -> bench.standby().send(5, 0x18000);
      case "tran" -> bench.identify();
      case "queue" -> bench.identify().set(15, 1);
      case "data" -> bench.identify().send(18, 0);
      case "rcv" -> bench.identify().send(25, 0);
      case "prg" -> {
        bench.identify();
        bench.sendOnly(6, 0x03200101);
      }
      case "dis" -> {
        bench.identify();
        bench.sendOnly(6, 0x03200101);
        bench.answers(7, 0);
      }
      case "btst" -> bench.identify().send(19, 0);
      case "ina" -> bench.identify().answers(15, 0x10000);
      default -> throw new AssertionError(state);
    }
    return bench;
  }

  /** Commands that a card does not leave unanswered: no line means illegal. */
  @ParameterizedTest
  @CsvSource({
    "pre-idle, 0 1",
    "idle, 0 1",
    "ready, 0 2",
    "ident, 0 3",
    "stby, 0 5 7 9 10 13 15",
    "slp, 0 5",
    "tran, 0 6 8 12 13 15 16 17 18 19 21 23 24 25 26 27 28 29 30 31 35 36 38 42 49",
    "queue, 0 6 8 12 13 15 35 36 38 44 48",
    "data, 0 12 13 15",
    "rcv, 0 12 13 15",
    "prg, 0 12 13 15",
    "dis, 0 7 13",
    "btst, 0 13 14",
    "ina, ''",
  })
  void obeysInEachStateTheCommandsOfTheTable(String state, String commands) {
    TreeSet<Integer> obeyed = new TreeSet<>();
    for (int index = 0; index < 64; index++) {
      CardBench bench = in(state);
      int argument = argument(index);
      bench.card.command(index, argument, bench.response);
      if (bench.response.line() == Line.OK) {
        obeyed.add(index);
      }
    }
    TreeSet<Integer> expected =
        Stream.of(commands.split(" "))
            .filter(c -> !c.isEmpty())
            .map(Integer::valueOf)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(obeyed).isEqualTo(expected);
  }

  private static int argument(int index) {
    return switch (index) {
      case 1 -> 0x40FF8080;
      case 3, 5, 7, 9, 10, 13, 15 -> 0x10000;
      default -> 0;
    };
  }

  /** An illegal command shows in the next status, once, and changes no state. */
  @ParameterizedTest
  @CsvSource({
    "stby, 0x600",
    "tran, 0x900",
    "data, 0xA00",
    "rcv, 0xC00",
    "prg, 0xE00",
    "dis, 0x1000",
    "btst, 0x1200"
  })
  void tellsAnIllegalCommandWithTheNextStatus(String state, String word) {
    CardBench bench = in(state);
    int before = Integer.decode(word);
    assertThat(bench.sendOnly(13, 0x10000)).isEqualTo(before);
    for (int index : new int[] {39, 40, 53, 54, 55, 56, 61, 62, 63}) {
      assertThat(bench.answers(index, 0)).as("CMD" + index).isFalse();
    }
    assertThat(bench.sendOnly(13, 0x10000)).isEqualTo(0x00400000 | before);
    assertThat(bench.sendOnly(13, 0x10000)).isEqualTo(before);
  }

  @Test
  void goesInactiveForGoodAtAVoltageItDoesNotHave() {
    CardBench bench = in("idle");
    assertThat(bench.answers(1, 0x40007F00)).as("2.0 to 2.6 V").isFalse();
    assertThat(bench.answers(0, 0)).isFalse();
    bench.card.reset();
    assertThat(bench.answers(1, 0x40FF8080)).as("RST_n does not help").isFalse();
    bench.powerCycle();
    assertThat(bench.status()).isEqualTo(0x900);
  }

  @Test
  void sleepsAndAwakes() {
    CardBench bench = in("slp");
    assertThat(bench.answers(13, 0x10000)).isFalse();
    assertThat(bench.send(5, 0x10000)).as("state slp, awake, ILLEGAL_COMMAND").isEqualTo(0x401400);
    assertThat(bench.send(13, 0x10000)).isEqualTo(0x600);
    bench = in("slp");
    bench.identify();
    assertThat(bench.status()).as("CMD0 wakes it too").isEqualTo(0x900);
  }

  @Test
  void doesNotBoot() {
    CardBench bench = in("pre-idle");
    bench.card.command(0, 0xFFFFFFFA, bench.response);
    assertThat(bench.send(1, 0)).as("still there").isEqualTo(0x40FF8080);
    bench = in("tran");
    bench.card.command(0, 0xF0F0F0F0, bench.response);
    assertThat(bench.send(1, 0)).as("pre-idle").isEqualTo(0x40FF8080);
  }

  /** Patterns of eight, four and one line; the first two bits of each come back inverted. */
  @ParameterizedTest
  @CsvSource({"55aa000000000000, aa55000000000000", "5a000000, a5000000", "80, 40"})
  void answersTheBusTestWithTheInverse(String sent, String back) {
    CardBench bench = in("btst");
    assertThat(bench.give(HexFormat.of().parseHex(sent))).isEqualTo(DataOutcome.DONE);
    assertThat(bench.send(14, 0)).as("state btst").isEqualTo(0x1200);
    assertThat(HexFormat.of().formatHex(bench.receive(sent.length() / 2))).isEqualTo(back);
    assertThat(bench.status()).isEqualTo(0x900);
  }

  @Test
  void takesTheTime() {
    CardBench bench = in("tran");
    bench.send(49, 0);
    assertThat(bench.give(new byte[512])).isEqualTo(DataOutcome.DONE);
    assertThat(bench.status()).isEqualTo(0x900);
  }

  @Test
  void countsBlocksForTheNextCommandOnly() {
    CardBench bench = in("tran");
    bench.write(0, 4, 3);
    bench.send(23, 2);
    bench.send(18, 0);
    bench.receive(1024);
    assertThat(bench.status()).as("ended by itself").isEqualTo(0x900);
    bench.send(23, 2);
    bench.send(13, 0x10000);
    bench.send(18, 0);
    bench.receive(1024);
    assertThat(bench.status()).as("CMD13 has used it up: open-ended").isEqualTo(0xA00);
    bench.send(12, 0);
    bench.send(23, 2);
    assertThat(bench.answers(63, 0)).isFalse();
    bench.send(18, 0);
    bench.receive(1024);
    assertThat(bench.status()).as("so has an illegal one").isEqualTo(0xA00);
  }

  @Test
  void refusesPackedCommandsAndIgnoresHints() {
    CardBench bench = in("tran");
    assertThat(bench.answers(23, 0x40000002)).as("packed").isFalse();
    assertThat(bench.status()).isEqualTo(0x00400900);
    bench.send(23, 0x2A000001); // tag, context 5
    bench.send(25, 0);
    assertThat(bench.give(CardBench.filled(1, 6))).isEqualTo(DataOutcome.DONE);
    assertThat(bench.status()).isEqualTo(0x900);
    assertThat(bench.read(0, 1)).containsExactly(6);
  }

  @Test
  void deliversBlocksUpToTheEndAndThenNoMore() {
    CardBench bench = in("tran");
    bench.write(SECTORS - 2, 2, 9);
    bench.send(18, SECTORS - 2);
    byte[] four = new byte[4 * 512];
    assertThat(bench.card.receive(MemorySegment.ofArray(four))).isEqualTo(DataOutcome.TIMEOUT);
    assertThat(four[1023]).isEqualTo((byte) 9);
    assertThat(four[1024]).isZero();
    assertThat(bench.send(12, 0)).as("OUT_OF_RANGE").isEqualTo(0x80000A00);
    bench.send(25, SECTORS - 1);
    assertThat(bench.give(CardBench.filled(2, 8))).isEqualTo(DataOutcome.TIMEOUT);
    assertThat(bench.send(12, 0)).isEqualTo(0x80000C00);
    assertThat(bench.read(SECTORS - 1, 1)).containsExactly(8);
  }

  /** Up to 2 GiB addresses are bytes; data must start at a sector. */
  @Test
  void refusesAByteAddressWithinASector() {
    CardBench bench = new CardBench(CardProfile.faithful(0x400000, 1)).powerUp();
    assertThat(bench.send(17, 511)).as("ADDRESS_MISALIGN").isEqualTo(0x40000900);
    assertThat(bench.status()).as("no transfer").isEqualTo(0x900);
    assertThat(bench.write(512, 1, 2)).isEqualTo(0x900);
    assertThat(bench.erase(512, 1023, 1)).isEqualTo(0x900);
    assertThat(bench.read(512, 1)).containsExactly(0);
  }

  @Test
  void knowsOneBlockLength() {
    CardBench bench = in("tran");
    assertThat(bench.send(16, 512)).isEqualTo(0x900);
    assertThat(bench.send(16, 1024)).as("BLOCK_LEN_ERROR").isEqualTo(0x20000900);
  }

  /** Device-side 1.11; ERASED_MEM_CONT is 0. */
  @ParameterizedTest
  @CsvSource({
    "0x00000000, 0 0 0", // whole groups
    "0x80000000, 0 0 0",
    "0x00000001, 1 0 1", // sectors
    "0x00000003, 1 0 1",
    "0x80000001, 1 0 1",
    "0x80008000, 1 0 1",
  })
  void erasesWhatTheArgumentNames(String argument, String left) {
    CardBench bench = in("tran");
    bench.write(1023, 3, 1);
    assertThat(bench.erase(1024, 1024, Integer.parseUnsignedInt(argument.substring(2), 16)))
        .isEqualTo(0x900);
    String found =
        IntStream.of(bench.read(1023, 3))
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(" "));
    assertThat(found).isEqualTo(left.equals("0 0 0") ? "1 0 0" : left);
  }

  @Test
  void erasesToOnesIfItSaysSo() {
    CardBench bench =
        new CardBench(
                new CardProfile(
                    SECTORS,
                    0xFF,
                    0,
                    0,
                    0,
                    false,
                    CardProfile.CacheKind.MEDIUM,
                    CardProfile.Readiness.AT_ONCE,
                    CardProfile.served(1).loss(),
                    0,
                    Set.of()))
            .powerUp();
    assertThat(bench.extCsd()[181]).isEqualTo((byte) 1);
    bench.write(0, 1, 5);
    bench.erase(0, 0, 1);
    assertThat(bench.read(0, 1)).containsExactly(0xFF);
  }

  @Test
  void refusesAnEraseArgumentThatDoesNotExist() {
    CardBench bench = in("tran");
    bench.write(0, 1, 5);
    bench.send(35, 0);
    bench.send(36, 0);
    assertThat(bench.send(38, 2)).as("ERASE_PARAM").isEqualTo(0x08000900);
    assertThat(bench.read(0, 1)).containsExactly(5);
  }

  /** A background need is told by the event bit; device-side 1.4, bytes 54, 56 and 246. */
  @Test
  void asksForBackgroundOperationsAsItsTraitSays() {
    CardBench bench =
        new CardBench(CardProfile.faithful(SECTORS, 1).with(CardTrait.BACKGROUND_NEED)).powerUp();
    bench.set(163, 1);
    bench.write(0, 1024, 1);
    assertThat(bench.extCsd()[246]).isEqualTo((byte) 1);
    bench.write(0, 1024, 1);
    assertThat(bench.extCsd()[246]).isEqualTo((byte) 2);
    assertThat(bench.extCsd()[54]).as("URGENT_BKOPS").isEqualTo((byte) 1);
    assertThat(bench.status()).as("nobody asked").isEqualTo(0x900);
    assertThat(bench.set(56, 1)).as("EXCEPTION_EVENT").isEqualTo(0x940);
    assertThat(bench.set(164, 1)).isEqualTo(0x900);
    assertThat(bench.extCsd()[246]).isZero();
  }
}
