package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.DataOutcome;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.testkit.CardBench;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Write protection (device-side 1.14) and the password (1.6, CMD42), word by word.
 *
 * <p>A group is 8192 sectors by the CSD and 16384 with ERASE_GROUP_DEF: 16 groups of 512 KiB.
 */
class CardProtectionTest {

  /** 4 GiB, sector-addressed. */
  private static final int SECTORS = 0x800000;

  private static final int GROUP = 8192;
  private static final int TEMPORARY = 1;
  private static final int POWER_ON = 2;
  private static final int PERMANENT = 3;

  private final CardBench bench = new CardBench(CardProfile.faithful(SECTORS, 1)).powerUp();

  private String types(int address) {
    bench.send(31, address);
    return HexFormat.of().formatHex(bench.receive(8));
  }

  private String bits(int address) {
    bench.send(30, address);
    return HexFormat.of().formatHex(bench.receive(4));
  }

  @Test
  void refusesWritesToAProtectedGroupAndTakesThemAgainAfterwards() {
    assertThat(bench.write(GROUP, 1, 7)).isEqualTo(0x900);
    bench.send(28, GROUP + 5);
    assertThat(bench.write(GROUP, 1, 8)).as("WP_VIOLATION").isEqualTo(0x04000900);
    assertThat(bench.status()).as("told once").isEqualTo(0x900);
    assertThat(bench.read(GROUP, 1)).containsExactly(7);
    assertThat(bench.write(GROUP - 1, 1, 9)).as("the group before").isEqualTo(0x900);
    assertThat(bench.write(2 * GROUP, 1, 9)).as("the group behind").isEqualTo(0x900);
    bench.send(29, GROUP);
    assertThat(bench.write(GROUP, 1, 8)).isEqualTo(0x900);
    assertThat(bench.read(GROUP, 1)).containsExactly(8);
  }

  @Test
  void storesWhatStandsBeforeTheProtectedGroupAndNothingBehind() {
    bench.send(28, GROUP);
    assertThat(bench.write(GROUP - 2, 4, 5)).isEqualTo(0x04000900);
    assertThat(bench.read(GROUP - 2, 4)).containsExactly(5, 5, 0, 0);
  }

  /** The least significant bits are the first group's. */
  @Test
  void tellsThirtyTwoGroupsFromTheNamedOneOn() {
    bench.send(28, 0);
    bench.send(28, 3 * GROUP);
    bench.set(171, 0x01);
    bench.send(28, 4 * GROUP);
    bench.set(171, 0x04);
    bench.send(28, 31 * GROUP);
    assertThat(bits(0)).isEqualTo("80000019");
    assertThat(types(0)).isEqualTo("c000000000000241");
    assertThat(bits(3 * GROUP + 1)).isEqualTo("10000003");
    assertThat(types(3 * GROUP)).isEqualTo("0300000000000009");
  }

  @Test
  void tellsZerosForGroupsBeyondTheEnd() {
    bench.send(28, SECTORS - 1);
    assertThat(bits(SECTORS - GROUP)).isEqualTo("00000001");
    assertThat(bench.send(28, SECTORS)).as("out of range").isEqualTo(0x80000900);
    assertThat(bench.send(30, SECTORS)).as("out of range").isEqualTo(0x80000900);
  }

  @Test
  void usesHighCapacityGroupsWhenAsked() {
    bench.set(175, 1);
    bench.send(28, 2 * GROUP + 1);
    assertThat(bench.write(4 * GROUP - 1, 1, 1)).isEqualTo(0x04000900);
    assertThat(bench.write(4 * GROUP, 1, 1)).isEqualTo(0x900);
    assertThat(bits(0)).isEqualTo("00000002");
    bench.set(175, 0);
    assertThat(bits(0)).as("two of the smaller ones").isEqualTo("0000000c");
  }

  /** Device-side 1.13: CMD0 keeps power-on protection, power cycle and RST_n end it. */
  @ParameterizedTest
  @CsvSource({
    // how, then what is left of temporary, power-on and permanent protection
    "CMD0, 000000000000001b",
    "RST_n, 0000000000000013",
    "power, 0000000000000013"
  })
  void losesPowerOnProtectionWithThePowerOnly(String how, String left) {
    bench.set(171, 0x04);
    bench.send(28, 0);
    bench.set(171, 0x01);
    bench.send(28, GROUP);
    bench.set(171, 0x00);
    bench.send(28, 2 * GROUP);
    assertThat(types(0)).isEqualTo("000000000000001b");
    switch (how) {
      case "CMD0" -> bench.identify();
      case "RST_n" -> {
        bench.card.reset();
        bench.identify();
      }
      default -> bench.powerCycle();
    }
    assertThat(types(0)).isEqualTo(left);
    assertThat(bench.extCsd()[171]).as("USER_WP's enable bits").isZero();
  }

  @ParameterizedTest
  @CsvSource({"0x01, " + POWER_ON, "0x04, " + PERMANENT, "0x00, " + TEMPORARY})
  void clearsTemporaryProtectionOnly(String user, int kind) {
    bench.set(171, Integer.decode(user));
    bench.send(28, 0);
    bench.send(29, 0);
    boolean cleared = kind == TEMPORARY;
    assertThat(bench.status()).isEqualTo(cleared ? 0x900 : 0x04000900);
    assertThat(types(0)).isEqualTo(cleared ? "0000000000000000" : "000000000000000" + kind);
  }

  /** USER_WP: 80 password, 40 card, 10 permanent, 08 power-on: each off for ever, or till power. */
  @ParameterizedTest
  @CsvSource({"0x10, 0x14", "0x08, 0x09"})
  void doesNotEnableWhatWasDisabled(String disable, String enable) {
    assertThat(bench.set(171, Integer.decode(disable))).isEqualTo(0x900);
    assertThat(bench.set(171, Integer.decode(enable))).isEqualTo(0x980);
    assertThat(bench.set(171, 0)).as("not taken back").isEqualTo(0x980);
    bench.powerCycle();
    if (disable.equals("0x10")) {
      assertThat(bench.set(171, 0x14)).as("for ever").isEqualTo(0x980);
    } else {
      assertThat(bench.set(171, 0x01)).as("until power").isEqualTo(0x900);
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "3"})
  void skipsProtectedGroupsWhenErasing(int argument) {
    bench.write(GROUP - 1, 1, 1);
    bench.write(GROUP, 1, 2);
    bench.write(2 * GROUP, 1, 3);
    bench.send(28, GROUP);
    assertThat(bench.erase(0, 3 * GROUP - 1, argument)).as("WP_ERASE_SKIP").isEqualTo(0x8900);
    assertThat(bench.read(GROUP - 1, 2)).containsExactly(0, 2);
    assertThat(bench.read(2 * GROUP, 1)).containsExactly(0);
  }

  @Test
  void reportsAProtectedQueuedWriteInTheResponseOfItsExecution() {
    bench.send(28, 0);
    bench.set(15, 1);
    bench.send(44, 0x00030001);
    bench.send(45, 0);
    assertThat(bench.send(13, 0x18000)).isEqualTo(0x8);
    assertThat(bench.send(47, 0x30000)).isEqualTo(0x04000900);
    MemorySegment data = MemorySegment.ofArray(CardBench.filled(1, 9));
    assertThat(bench.card.writeTask(3, 0, data)).isEqualTo(DataOutcome.FAILED);
    assertThat(bench.card.finishTask(3, bench.response)).isEqualTo(DataOutcome.FAILED);
    assertThat(bench.response.word()).isEqualTo(0x04000900);
    bench.set(15, 0);
    assertThat(bench.read(0, 1)).containsExactly(0);
  }

  /** BOOT_WP: 01 until power, 04 for ever; BOOT_WP_STATUS has two bits an area. */
  @ParameterizedTest
  @CsvSource({"0x01, 0x05", "0x04, 0x0A"})
  void protectsTheBootAreas(String protection, String status) {
    bench.set(173, Integer.decode(protection));
    assertThat(bench.extCsd()[174]).isEqualTo(Integer.decode(status).byteValue());
    bench.set(179, 1);
    assertThat(bench.write(0, 1, 5)).isEqualTo(0x04000900);
    assertThat(bench.answers(28, 0)).as("no groups there").isFalse();
    bench.set(179, 0);
    assertThat(bench.write(0, 1, 5)).as("the user area").isEqualTo(0x900);
    assertThat(bench.set(173, 0)).as("not taken back").isEqualTo(0x980);
    bench.powerCycle();
    bench.set(179, 2);
    assertThat(bench.write(0, 1, 5)).isEqualTo(protection.equals("0x01") ? 0x900 : 0x04000900);
  }

  /** Bits 13 PERM_WRITE_PROTECT, 12 TMP_WRITE_PROTECT and 14 COPY of the example CSD. */
  private int programCsd(int bits, String changed) {
    byte[] csd = HexFormat.of().parseHex(changed);
    csd[14] = (byte) bits;
    bench.send(27, 0);
    bench.give(csd);
    return bench.status();
  }

  private static final String CSD = "d02701328f5903ffffffffe78a400017";

  @Test
  void protectsTheWholeCardByItsCsd() {
    assertThat(programCsd(0x10, CSD)).isEqualTo(0x900);
    assertThat(bench.write(0, 1, 5)).isEqualTo(0x04000900);
    bench.powerCycle();
    assertThat(bench.write(0, 1, 5)).as("kept").isEqualTo(0x04000900);
    assertThat(programCsd(0x00, CSD)).isEqualTo(0x900);
    assertThat(bench.write(0, 1, 5)).isEqualTo(0x900);
    assertThat(programCsd(0x20, CSD)).isEqualTo(0x900);
    assertThat(programCsd(0x00, CSD)).as("CID_CSD_OVERWRITE").isEqualTo(0x10900);
    assertThat(bench.erase(0, 8, 1)).isEqualTo(0x8900);
  }

  @Test
  void refusesToChangeTheRestOfTheCsd() {
    assertThat(programCsd(0x00, CSD.replace("d027", "d028"))).isEqualTo(0x10900);
    assertThat(programCsd(0x40, CSD)).as("COPY").isEqualTo(0x900);
    assertThat(programCsd(0x00, CSD)).as("COPY taken back").isEqualTo(0x10900);
    bench.set(171, 0x40);
    assertThat(programCsd(0x60, CSD)).as("CD_PERM_WP_DIS").isEqualTo(0x10900);
  }

  @Test
  void hasItsCidFromTheFactory() {
    bench.send(26, 0);
    bench.give(new byte[16]);
    assertThat(bench.status()).isEqualTo(0x10900);
  }

  /** Mode byte: 1 set, 2 clear, 4 lock, 8 erase; then the length, then the password. */
  private int lock(int mode, String hex) {
    byte[] password = HexFormat.of().parseHex(hex);
    byte[] block = new byte[512];
    block[0] = (byte) mode;
    block[1] = (byte) password.length;
    System.arraycopy(password, 0, block, 2, password.length);
    bench.send(42, 0);
    bench.give(block);
    return bench.status();
  }

  @Test
  void locksByPasswordAndObeysThenTheBasicCommandsOnly() {
    bench.write(0, 1, 5);
    assertThat(lock(0x05, "c0ffee")).as("set and lock: DEVICE_IS_LOCKED").isEqualTo(0x02000900);
    assertThat(bench.answers(17, 0)).isFalse();
    assertThat(bench.status()).isEqualTo(0x02400900);
    assertThat(bench.answers(44, 0)).isFalse();
    assertThat(bench.answers(60, 0)).isFalse();
    assertThat(bench.status()).isEqualTo(0x02400900);
    assertThat(bench.extCsd()).hasSize(512);
    assertThat(lock(0x00, "c0ffed")).as("LOCK_UNLOCK_FAILED").isEqualTo(0x03000900);
    assertThat(lock(0x00, "c0ffee")).isEqualTo(0x900);
    assertThat(bench.read(0, 1)).containsExactly(5);
  }

  @Test
  void isLockedAfterAPowerCycleOnceThereIsAPasswordAndNotAfterCmd0() {
    assertThat(lock(0x01, "01")).as("set, not locked").isEqualTo(0x900);
    bench.identify();
    assertThat(bench.status()).isEqualTo(0x900);
    bench.powerCycle();
    assertThat(bench.status()).isEqualTo(0x02000900);
    assertThat(lock(0x02, "01")).as("cleared").isEqualTo(0x900);
    bench.powerCycle();
    assertThat(bench.status()).isEqualTo(0x900);
  }

  @ParameterizedTest
  @CsvSource({
    "0x01, ''", // no new password
    "0x01, 0102030405060708090a0b0c0d0e0f1011", // 17 bytes
    "0x03, 01", // set and clear
    "0x04, 01", // lock without a password
    "0x00, ''", // unlock without a password
    "0x02, 01", // clear without a password
    "0x08, ''", // erase while unlocked
    "0x11, 01", // reserved bit
  })
  void refusesWhatMakesNoSense(String mode, String password) {
    assertThat(lock(Integer.decode(mode), password)).isEqualTo(0x01000900);
  }

  @Test
  void replacesAPasswordOnlyForWhoKnowsTheOldOne() {
    assertThat(lock(0x01, "aabb")).isEqualTo(0x900);
    assertThat(lock(0x01, "aacc0102")).isEqualTo(0x01000900);
    assertThat(lock(0x01, "aabb0102")).isEqualTo(0x900);
    assertThat(lock(0x04, "aabb")).isEqualTo(0x01000900);
    assertThat(lock(0x04, "0102")).isEqualTo(0x02000900);
    assertThat(lock(0x04, "0102")).as("locked already").isEqualTo(0x03000900);
  }

  @Test
  void forgetsThePasswordOnlyTogetherWithTheData() {
    bench.write(0, 1, 5);
    lock(0x05, "01");
    assertThat(lock(0x08, "")).isEqualTo(0x900);
    assertThat(bench.read(0, 1)).containsExactly(0);
  }

  @Test
  void doesNotForgetThePasswordOfAPermanentlyProtectedCard() {
    bench.set(171, 0x04);
    bench.send(28, GROUP);
    lock(0x05, "01");
    assertThat(lock(0x08, "")).isEqualTo(0x03000900);
  }

  @Test
  void takesNoPasswordOncePasswordsAreDisabled() {
    bench.set(171, 0x80);
    assertThat(lock(0x01, "01")).isEqualTo(0x01000900);
  }
}
