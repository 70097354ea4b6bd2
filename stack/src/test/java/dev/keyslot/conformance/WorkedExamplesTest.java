package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.link.bus.CardResponse;
import dev.keyslot.link.emmc.CsdField;
import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.card.PowerLoss;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.EngineConfig.DunWrap;
import dev.keyslot.model.engine.EngineConfig.PartialUnit;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.ForwardingCard;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Worked examples of the device-side reference, from register to wire and medium. docs/testing.md
 * says which example stands in which test; here are those that need the whole silicon.
 */
class WorkedExamplesTest {

  private static final int Q = BareDriver.Q;

  /** A card that writes down what it is told. */
  private static final class HeardCard extends ForwardingCard {

    private final List<String> heard = new ArrayList<>();

    HeardCard(CardProfile profile, HeapMedia media) {
      super(new EmmcCard(profile, media));
    }

    @Override
    public void command(int index, int argument, CardResponse into) {
      heard.add("%d %08X".formatted(index, argument));
      super.command(index, argument, into);
    }
  }

  private final HeapMedia media = new HeapMedia(8L << 20);
  private HeardCard card;
  private Silicon silicon;
  private BareDriver driver;

  private void bringUp(EngineConfig engine, int erasedByte) {
    CardProfile served = CardProfile.served(media.sizeBytes() / 512);
    CardProfile profile =
        new CardProfile(
            served.sectors(),
            erasedByte,
            served.cacheKibit(),
            served.queueDepth(),
            served.busyPolls(),
            served.holeQuery(),
            served.cache(),
            served.readiness(),
            served.loss(),
            served.seed(),
            served.traits());
    card = new HeardCard(profile, media);
    silicon =
        new Silicon(ControllerConfig.faithful(HostIdentity.PLATFORM_64), engine, card, 1 << 20);
    driver = silicon.driver();
    driver.enumerate();
    driver.enableQueue();
    card.heard.clear();
  }

  @AfterEach
  void close() {
    if (silicon != null) {
      silicon.close();
    }
    media.close();
  }

  private String onMedium(int offset, int count) {
    byte[] bytes = new byte[count];
    media.read(offset, MemorySegment.ofArray(bytes));
    return HexFormat.of().formatHex(bytes);
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  // ---- 1.3: CSD

  /** The example's bytes, field by field, as the table beside it says. */
  @ParameterizedTest
  @CsvSource({
    "CSD_STRUCTURE, 3",
    "SPEC_VERS, 4",
    "TAAC, 27",
    "NSAC, 1",
    "TRAN_SPEED, 32",
    "CCC, 8F5",
    "READ_BL_LEN, 9",
    "C_SIZE, FFF",
    "CURRENTS, FFF",
    "C_SIZE_MULT, 7",
    "ERASE_GRP_SIZE, 1F",
    "ERASE_GRP_MULT, 1F",
    "WP_GRP_SIZE, 7",
    "WP_GRP_ENABLE, 1",
    "R2W_FACTOR, 2",
    "WRITE_BL_LEN, 9",
    "FILE_FORMAT_GRP, 0",
    "COPY, 0",
    "PERM_WRITE_PROTECT, 0",
    "TMP_WRITE_PROTECT, 0",
    "FILE_FORMAT, 0",
    "ECC, 0",
    "CRC, B",
    "ALWAYS_ONE, 1"
  })
  void readsTheFieldsOfTheExampleCsd(CsdField field, String value) {
    BigInteger csd = new BigInteger("d02701328f5903ffffffffe78a400017", 16);
    BigInteger ones =
        BigInteger.ONE.shiftLeft(field.high() - field.low() + 1).subtract(BigInteger.ONE);
    assertThat(csd.shiftRight(field.low()).and(ones)).isEqualTo(new BigInteger(value, 16));
  }

  /** (SIZE + 1) * (MULT + 1) = 1024 blocks, with ERASE_GROUP_DEF off: block 1030's group. */
  @Test
  void erasesByGroupsOfTheExampleCsd() {
    bringUp(EngineConfig.faithful(), 0);
    driver.direct(6, 0x03AF0001, 3, true);
    driver.data().fill((byte) 0x55);
    int[] blocks = {1023, 1024, 2047, 2048};
    for (int block : blocks) {
      driver.chain(0, 0, 512);
      driver.task(0, false, block, 1, 0, 0);
      driver.complete(1);
    }
    driver.direct(35, 1030 * 512, 2, false);
    driver.direct(36, 1030 * 512, 2, false);
    driver.direct(38, 0, 3, true);
    List<String> first = new ArrayList<>();
    for (int block : blocks) {
      first.add(onMedium(block * 512, 1));
    }
    assertThat(first).containsExactly("55", "00", "00", "55");
  }

  // ---- 1.11: erased sectors

  /** Erased content, what it decrypts to under key 00..3f and number 0. */
  @ParameterizedTest
  @CsvSource({
    "00, 885d472839319c326354bae2a9289c62",
    "FF, 7a9fcd7f6d37115b7b8ede1ed2116142",
  })
  void readsATrimmedSectorAsNoise(String erased, String first) {
    bringUp(EngineConfig.faithful(), Integer.parseInt(erased, 16));
    driver.programKey(1, Patterns.ascending(0, 64), 0x80000001, 0);
    driver.data().fill((byte) 0x55);
    driver.chain(0, 0, 4096);
    driver.task(0, false, 8, 8, 0, 0);
    driver.complete(1);
    int unit = 512; // 8 MiB are addressed in bytes
    driver.direct(35, 8 * unit, 2, false);
    driver.direct(36, 15 * unit, 2, false);
    driver.direct(38, 1, 3, true);
    driver.chain(0, 0, 512);
    driver.task(0, true, 8, 1, BareDriver.crypto(1, 0), 0);
    driver.complete(1);
    byte[] noise = driver.data().asSlice(0, 16).toArray(ValueLayout.JAVA_BYTE);
    assertThat(HexFormat.of().formatHex(noise)).isEqualTo(first);
  }

  // ---- 3.5: a task, and the commands that it becomes

  @Test
  void sendsTheCommandsOfTheWorkedTask() {
    bringUp(EngineConfig.faithful(), 0);
    driver.programKey(5, Patterns.ascending(0, 64), 0x80000001, 0);
    driver.chain(5, 0, 4096);
    driver.describe(5, 0x0000_1000_0008_102FL, 0x0000_8005_1234_5678L);
    driver.complete(1 << 5);
    assertThat(card.heard).containsSubsequence("44 40050008", "45 00001000", "46 00050000");
  }

  /** Bits of the first word, and of CMD44's argument; a write of 8 blocks by task 5 else. */
  @ParameterizedTest
  @CsvSource({
    "0000, 00050008",
    "0040, 01050008", // forced programming
    "0780, 1E050008", // context
    "0800, 20050008", // tag
    "2000, 00850008", // priority
    "8000, 80050008", // reliable write
  })
  void carriesTheBitsOfATaskIntoItsCommand(String flags, String argument) {
    bringUp(EngineConfig.faithful(), 0);
    driver.chain(5, 0, 4096);
    driver.task(5, false, 0x1000, 8, 0, Long.parseLong(flags, 16));
    driver.complete(1 << 5);
    assertThat(card.heard).containsSubsequence("44 " + argument, "45 00001000", "47 00050000");
  }

  /** The direct command with which Linux flushes. */
  @Test
  void sendsTheFlushOfTheWorkedDirectCommand() {
    bringUp(EngineConfig.faithful(), 0);
    driver.describe(31, 0x0320_0101_0186_402FL, 0);
    driver.complete(1 << 31);
    assertThat(card.heard).startsWith("6 03200101");
  }

  // ---- 3.7: capabilities

  /** CFGPTR, number of capabilities, CCAP; the array lies at CFGPTR * 100h. */
  @ParameterizedTest
  @CsvSource({"4, 1, 04001F01, 400", "4, 3, 04001F03, 400", "16, 1, 10001F01, 1000"})
  void announcesThePublishedCapabilities(int pointer, int count, String ccap, String array) {
    List<Integer> all = List.of(0x0003FF00, 0x0001FF00, 0x0001FF03);
    EngineConfig engine = new EngineConfig(32, pointer, all.subList(0, count), DunWrap.WRAP_32);
    bringUp(engine, 0);
    var registers = silicon.controller();
    assertThat(registers.read32(Q + 0x100)).isEqualTo(Integer.parseUnsignedInt(ccap, 16));
    for (int i = 0; i < count; i++) {
      assertThat(registers.read32(Q + 0x104 + 4 * i)).isEqualTo(all.get(i));
    }
    int last = Q + Integer.parseInt(array, 16) + 31 * 0x80 + 0x40;
    registers.write32(last, 0x8000_0008);
    assertThat(registers.read32(last)).as("dword 16 of slot 31").isEqualTo(0x8000_0008);
  }

  /** CRYPTOCAP 00030900h: units of 512 and 4096 bytes only. */
  @ParameterizedTest
  @CsvSource({"1, 02", "2, 20", "4, 20", "8, 02", "10, 20", "80, 20"})
  void hasTheDataUnitsOfItsMaskAlone(String unitCode, String is) {
    bringUp(new EngineConfig(32, 0x10, List.of(0x00030900), DunWrap.WRAP_32), 0);
    driver.programKey(2, Patterns.ascending(0, 64), 0x80000000 | Integer.parseInt(unitCode, 16), 0);
    driver.chain(0, 0, 65536);
    driver.task(0, true, 0, 128, BareDriver.crypto(2, 0), 0);
    driver.ring(1);
    assertThat(driver.awaitQueue()).isEqualTo(Integer.parseInt(is, 16));
  }

  /** The array must not begin inside the list: 2 is the smallest pointer for a short one. */
  @Test
  void keepsTheArrayBehindTheList() {
    List<Integer> one = List.of(0x0003FF00);
    assertThat(new EngineConfig(32, 2, one, DunWrap.WRAP_32).configOffset()).isEqualTo(0x200);
    assertThatThrownBy(() -> new EngineConfig(32, 1, one, DunWrap.WRAP_32))
        .hasMessageStartingWith("keyslots must lie behind the capability list");
  }

  // ---- 3.8: the number after FFFFFFFF

  @ParameterizedTest
  @CsvSource({
    "WRAP_32, cd6b103236fbd87dba93e9001e29bc3d",
    "CARRY, ce87c296405c679476713ff629f5827b",
  })
  void numbersTheUnitAfterTheLastAsConfigured(DunWrap wrap, String second) {
    bringUp(new EngineConfig(32, 0x10, List.of(0x0003FF00), wrap), 0);
    driver.programKey(5, Patterns.ascending(0, 64), 0x80000001, 0);
    driver.chain(0, 0, 1024);
    driver.task(0, false, 0, 2, BareDriver.crypto(5, 0xFFFFFFFFL), 0);
    driver.complete(1);
    assertThat(onMedium(512, 16)).isEqualTo(second);
  }

  // ---- 3.9: several units

  private void write(int word16, long dun, byte[] plain) {
    driver.programKey(5, Patterns.ascending(0, 64), word16, 0);
    MemorySegment.copy(plain, 0, driver.data(), ValueLayout.JAVA_BYTE, 0, plain.length);
    driver.chain(0, 0, plain.length);
    driver.task(0, false, 0, plain.length / 512, BareDriver.crypto(5, dun), 0);
    driver.complete(1);
  }

  @Test
  void startsEachUnitOfTheExampleWithTheKnownBytes() throws Exception {
    byte[] plain = Patterns.sevens(4096);
    assertThat(sha256(plain))
        .isEqualTo("d24ac44c83cce842b67a82d2f77bcbe5e41dbd555605c92832d609e29c5a997c");
    bringUp(EngineConfig.faithful(), 0);
    write(0x80000001, 0x12345678, plain);
    List<String> first = new ArrayList<>();
    for (int unit = 0; unit < 8; unit++) {
      first.add(onMedium(512 * unit, 16));
    }
    assertThat(first)
        .containsExactly(
            "fa3ba112012ceadcdb5ca5e60e62fee8",
            "afd23a9794ab86b560a77f0c6381985f",
            "aae4a6d39e64053121eeac01c9b99ed5",
            "3cf4e1e50fac9d698438650d68465840",
            "3cc826117655e949ec14e59876551a05",
            "d8ac3985aa7fa511e512ed32c4bf1fb8",
            "2f0930968450698ad33b52b353a58e78",
            "03471af0d855c603a14fcfac60f5a777");
  }

  /** One unit of 4096 starts as the first of 512 does, and ends as the reference says. */
  @Test
  void startsAndEndsTheLongUnitOfTheExampleWithTheKnownBytes() {
    bringUp(EngineConfig.faithful(), 0);
    write(0x80000008, 0x12345678, Patterns.sevens(4096));
    assertThat(onMedium(0, 16)).isEqualTo("fa3ba112012ceadcdb5ca5e60e62fee8");
    assertThat(onMedium(4080, 16)).isEqualTo("4013f201da9792a1cf12336947803b56");
  }

  /** AES-128-XTS: of the 64 key bytes 00..0f and 20..2f are used. */
  @Test
  void placesTheHalvesOfAShortKeyAsTheExampleDoes() throws Exception {
    bringUp(EngineConfig.faithful(), 0);
    write(0x80000101, 1, new byte[512]);
    String all = onMedium(0, 512);
    assertThat(all)
        .startsWith("8df6da1a822c389d1b7c8ff7533e1653")
        .endsWith("869b18ff034a70176cac474adba3fd64");
    assertThat(sha256(HexFormat.of().parseHex(all)))
        .isEqualTo("7f984c72dced939311a58bf7dbcfd286aad49b7374ae4189e109761b04005c29");
  }

  // ---- 9.1: defaults

  @Test
  void isByDefaultWhatTheReferenceRecommends() {
    EngineConfig engine = EngineConfig.faithful();
    assertThat(engine.slots()).isEqualTo(32);
    assertThat(engine.capabilities()).startsWith(0x0003FF00);
    assertThat(engine.wrap()).isEqualTo(DunWrap.WRAP_32);
    assertThat(engine.partialUnit()).isEqualTo(PartialUnit.REFUSE);
    ControllerConfig controller = ControllerConfig.faithful(HostIdentity.PLATFORM_64);
    assertThat(controller.resetClearsKeys()).isTrue();
    CardProfile faithful = CardProfile.faithful(16384, 1);
    assertThat(faithful.cacheKibit()).isEqualTo(512);
    assertThat(faithful.queueDepth()).isEqualTo(32);
    assertThat(faithful.erasedByte()).isZero();
    assertThat(faithful.loss()).isEqualTo(PowerLoss.FIFO_PREFIX);
    assertThat(faithful.traits()).isEmpty();
    assertThat(HostIdentity.PCI_INTEL.transferBytes()).isEqualTo(12);
    assertThat(HostIdentity.PLATFORM_64.transferBytes()).isEqualTo(16);
    assertThat(HostIdentity.PLATFORM_32.transferBytes()).isEqualTo(8);
  }
}
