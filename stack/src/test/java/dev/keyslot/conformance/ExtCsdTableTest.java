package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.testkit.CardBench;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every byte of EXT_CSD: what it holds, what CMD6 does to it, what a reset leaves of it. */
class ExtCsdTableTest {

  /** 4 GiB. */
  private static final int SECTORS = 0x800000;

  /** Device-side 1.4 and 9.1, offset to value, of a card as the standard describes it. */
  private static final String NOT_ZERO =
      """
      130:01 160:07 162:01 166:14 167:1f 168:20 184:01 192:08 194:02 196:57 197:1f 198:0a 199:1e
      214:80 216:07 217:11 221:10 222:01 223:01 224:01 225:06 226:20 228:07 229:11 230:11 231:55
      232:01 240:01 241:0a 247:32 248:19 250:02 254:01 264:01 265:01 266:01 267:01 268:01 269:01
      307:1f 308:01 502:01 503:01 504:01
      """;

  /** Bytes of the modes segment that take some value on a card whose partitions are described. */
  private static final Set<Integer> WRITABLE =
      Set.of(15, 32, 33, 34, 56, 161, 163, 164, 165, 171, 173, 175, 177, 178, 179, 183, 185, 187);

  private final CardBench bench = new CardBench(CardProfile.faithful(SECTORS, 1)).powerUp();

  private static Map<Integer, Integer> parse(String pairs) {
    Map<Integer, Integer> map = new TreeMap<>();
    for (String pair : List.of(pairs.trim().split("\\s+"))) {
      int colon = pair.indexOf(':');
      map.put(
          Integer.valueOf(pair.substring(0, colon)),
          Integer.parseInt(pair.substring(colon + 1), 16));
    }
    return map;
  }

  @Test
  void holdsTheBytesOfTheDatasheetAndZerosBetween() {
    Map<Integer, Integer> expected = parse(NOT_ZERO);
    byte[] bytes = bench.extCsd();
    Map<Integer, Integer> found = new TreeMap<>();
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != 0) {
        found.put(i, Byte.toUnsignedInt(bytes[i]));
      }
    }
    assertThat(found).isEqualTo(expected);
  }

  /** Writing each byte's complement: no other byte than the writable ones takes any value. */
  @Test
  void refusesEveryByteThatIsNotWritable() {
    List<Integer> taken = new ArrayList<>();
    byte[] before = bench.extCsd();
    for (int index = 0; index < 256; index++) {
      for (int value = 1; value < 256 && !WRITABLE.contains(index); value++) {
        boolean same = value == Byte.toUnsignedInt(before[index]);
        if (!same && bench.set(index, value) != 0x980) {
          taken.add(index);
        }
      }
    }
    // 29 and 30 firmware update, 31 barriers, 37 contexts and their like are not offered here.
    assertThat(taken).isEmpty();
    assertThat(bench.extCsd()).isEqualTo(before);
  }

  @Test
  void takesTheValuesThatTheCardOffers() {
    bench.set(175, 1); // partitions are described in high-capacity groups
    parse("32:01 33:01 34:01 56:1f 161:01 162:01 163:03 164:01 165:01 171:05").forEach(this::takes);
    takes(171, 0xDD); // what is enabled already may be disabled for later
    takes(177, 0x12);
    takes(179, 0x48);
    takes(173, 0x50);
    takes(178, 0x11);
    takes(183, 0x06);
    takes(185, 0x03);
    takes(187, 0x0F);
    takes(143, 0x01);
    takes(52, 0x21);
    takes(155, 0x01);
    takes(15, 0x01);
  }

  private void takes(int index, int value) {
    assertThat(bench.set(index, value)).as("byte %d := %02x", index, value).isEqualTo(0x900);
    boolean readable = index != 32 && index != 164 && index != 165 && index != 183;
    int now = Byte.toUnsignedInt(bench.extCsd()[index]);
    assertThat(now).as("byte %d", index).isEqualTo(readable ? value : 0);
  }

  /** A write that the byte must refuse, after one that it takes. */
  @ParameterizedTest
  @CsvSource({
    // index, first, then, why
    "15, 0x01, 0x02, a flag",
    "33, 0x01, 0x02, a flag",
    "34, 0x01, 0x05, no such notification",
    "56, 0x1F, 0x20, no such event",
    "161, 0x01, 0x02, a flag",
    "162, 0x01, 0x02, set for ever",
    "163, 0x01, 0x02, manual start is for ever",
    "163, 0x00, 0x04, reserved",
    "164, 0x00, 0x01, BKOPS_EN is off",
    "171, 0x00, 0x02, reserved",
    "171, 0x80, 0x00, for ever",
    "171, 0x40, 0x00, for ever",
    "171, 0x10, 0x00, for ever",
    "173, 0x00, 0x02, reserved",
    "173, 0x40, 0x41, disabled",
    "173, 0x10, 0x14, disabled",
    "173, 0x04, 0x00, for ever",
    "177, 0x00, 0x03, no such width",
    "177, 0x00, 0x18, no such timing",
    "177, 0x00, 0x20, reserved",
    "178, 0x01, 0x00, until power",
    "178, 0x10, 0x00, for ever",
    "178, 0x00, 0x02, reserved",
    "179, 0x00, 0x04, no such partition",
    "179, 0x00, 0x18, no such boot area",
    "179, 0x00, 0x80, reserved",
    "183, 0x02, 0x03, no such width",
    "183, 0x02, 0x82, strobe needs eight lines in DDR",
    "185, 0x01, 0x04, no such timing",
    "185, 0x01, 0x51, no such driver",
    "185, 0x01, 0x03, HS400 needs eight lines in DDR",
    "187, 0x00, 0x10, reserved",
    "32, 0x01, 0x02, barriers are off",
    "32, 0x01, 0x00, asks for nothing",
    "143, 0x00, 0x01, groups are not high-capacity",
    "155, 0x00, 0x01, groups are not high-capacity",
  })
  void refusesWhatTheByteDoesNotOffer(int index, String first, String then, String why) {
    if (Integer.decode(first) != 0) {
      assertThat(bench.set(index, Integer.decode(first))).isEqualTo(0x900);
    }
    byte before = bench.extCsd()[index];
    assertThat(bench.set(index, Integer.decode(then))).as(why).isEqualTo(0x980);
    assertThat(bench.extCsd()[index]).as("nothing changed").isEqualTo(before);
  }

  /** Device-side 1.13, each byte after a power cycle, RST_n and CMD0. */
  @ParameterizedTest
  @CsvSource({
    // index, set to, after power, after RST_n, after CMD0
    "15, 0x01, 0x00, 0x00, 0x00",
    "33, 0x01, 0x00, 0x00, 0x00",
    "34, 0x01, 0x00, 0x00, 0x00",
    "56, 0x1F, 0x00, 0x00, 0x00",
    "161, 0x01, 0x00, 0x00, 0x00",
    "163, 0x03, 0x03, 0x03, 0x03",
    "171, 0xDD, 0xD0, 0xD0, 0xD8",
    "173, 0x50, 0x10, 0x10, 0x50",
    "173, 0x05, 0x04, 0x04, 0x05",
    "175, 0x01, 0x00, 0x00, 0x00",
    "177, 0x12, 0x12, 0x12, 0x12",
    "178, 0x11, 0x10, 0x10, 0x11",
    "179, 0x49, 0x48, 0x48, 0x48",
    "185, 0x01, 0x00, 0x00, 0x00",
    "187, 0x0F, 0x00, 0x00, 0x00",
  })
  void losesInAResetWhatItsKindLoses(
      int index, String value, String power, String pin, String command) {
    for (String how : List.of("power", "RST_n", "CMD0")) {
      CardBench fresh = new CardBench(CardProfile.faithful(SECTORS, 1)).powerUp();
      // DD enables and disables at once, which needs the enabling first.
      if (index == 171) {
        fresh.set(171, 0x05);
      }
      assertThat(fresh.set(index, Integer.decode(value))).isEqualTo(0x900);
      switch (how) {
        case "power" -> fresh.powerCycle();
        case "RST_n" -> {
          fresh.card.reset();
          fresh.identify();
        }
        default -> fresh.identify();
      }
      String left = how.equals("power") ? power : how.equals("RST_n") ? pin : command;
      int now = Byte.toUnsignedInt(fresh.extCsd()[index]);
      assertThat(now).as("byte %d after %s", index, how).isEqualTo(Integer.decode(left));
    }
  }

  @Test
  void locksTheBootConfigurationWhenProtected() {
    bench.set(178, 0x01);
    assertThat(bench.set(179, 0x08)).as("boot area 1").isEqualTo(0x980);
    assertThat(bench.set(177, 0x01)).isEqualTo(0x980);
    assertThat(bench.set(179, 0x01)).as("access is free").isEqualTo(0x900);
    bench.powerCycle();
    assertThat(bench.set(179, 0x08)).isEqualTo(0x900);
  }

  /** Modes 1 and 2 of CMD6, and mode 0, which knows the standard command set only. */
  @Test
  void setsAndClearsBitsAndChoosesTheOnlyCommandSet() {
    bench.send(6, 0x01AB8001);
    bench.send(6, 0x01AB4001);
    assertThat(Byte.toUnsignedInt(bench.extCsd()[171])).isEqualTo(0xC0);
    bench.set(163, 2);
    bench.send(6, 0x02A30201);
    assertThat(bench.extCsd()[163]).isZero();
    bench.send(6, 0x00000000);
    assertThat(bench.status()).isEqualTo(0x900);
    bench.send(6, 0x00000002);
    assertThat(bench.status()).isEqualTo(0x980);
  }

  /** A reset pin that is disabled for ever does nothing. */
  @Test
  void hasItsResetPinEnabledForEver() {
    assertThat(bench.set(162, 0x01)).isEqualTo(0x900);
    assertThat(bench.set(162, 0x00)).isEqualTo(0x980);
    bench.set(161, 1);
    bench.card.reset();
    assertThat(bench.answers(13, 0x10000)).as("pre-idle").isFalse();
  }

  /** GP_SIZE_MULT counts 8 MiB here; sizes hold from the next power cycle on. */
  @Test
  void cutsGeneralPurposePartitionsOffTheUserArea() {
    bench.set(175, 1);
    bench.set(143, 2);
    bench.set(146, 1);
    assertThat(bench.set(179, 4)).as("not yet").isEqualTo(0x980);
    assertThat(bench.set(155, 1)).isEqualTo(0x900);
    assertThat(bench.set(149, 1)).as("described for ever").isEqualTo(0x980);
    bench.powerCycle();
    byte[] ext = bench.extCsd();
    // 800000h - 3 * 4000h sectors
    assertThat(new byte[] {ext[212], ext[213], ext[214], ext[215]})
        .containsExactly(0, 0x40, 0x7F, 0);
    assertThat(bench.set(179, 4)).isEqualTo(0x900);
    assertThat(bench.write(0x7FFF, 1, 4)).isEqualTo(0x900);
    assertThat(bench.send(17, 0x8000)).as("behind its end").isEqualTo(0x80000900);
    bench.set(179, 5);
    assertThat(bench.write(0, 1, 5)).isEqualTo(0x900);
    assertThat(bench.send(28, 0)).as("has groups of its own").isEqualTo(0x900);
    assertThat(bench.write(0, 1, 6)).isEqualTo(0x04000900);
    assertThat(bench.set(179, 6)).as("no third one").isEqualTo(0x980);
    bench.set(179, 0);
    assertThat(bench.write(0, 1, 7)).isEqualTo(0x900);
    assertThat(bench.send(17, 0x7F4000)).as("cut off").isEqualTo(0x80000900);
    bench.powerCycle();
    bench.set(179, 4);
    assertThat(bench.read(0x7FFF, 1)).containsExactly(4);
  }

  @Test
  void forgetsADescriptionThatWasNotCompletedAndRefusesOneThatDoesNotFit() {
    bench.set(175, 1);
    bench.set(143, 2);
    bench.powerCycle();
    assertThat(bench.extCsd()[143]).isZero();
    bench.set(175, 1);
    bench.set(144, 2); // 512 groups of 8 MiB are all there is
    assertThat(bench.set(155, 1)).isEqualTo(0x980);
  }
}
