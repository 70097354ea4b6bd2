package dev.keyslot.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.model.card.CardProfile;
import dev.keyslot.model.card.EmmcCard;
import dev.keyslot.model.controller.ControllerConfig;
import dev.keyslot.model.controller.HostIdentity;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.model.engine.EngineConfig.DunWrap;
import dev.keyslot.model.engine.EngineConfig.PartialUnit;
import dev.keyslot.model.media.HeapMedia;
import dev.keyslot.testkit.BareDriver;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Silicon;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A task that ends within a data unit, which public documents leave open: device-side reference 3.8
 * and row 4 of 10. Refusing it is the default; the other two are choices.
 *
 * <p>Digests are those of python3-cryptography: AES-XTS of each unit under the number of its own,
 * the last one shorter; key 00..3f, plaintext 7 i + i / 256, first number 12345678h.
 */
class PartialUnitTest {

  private static final int Q = BareDriver.Q;
  private static final int TCC = 0x02;
  private static final int GCE = 0x10;

  private final HeapMedia media = new HeapMedia(8L << 20);
  private Silicon silicon;
  private BareDriver driver;

  private void bringUp(EngineConfig engine) {
    silicon =
        new Silicon(
            ControllerConfig.faithful(HostIdentity.PLATFORM_64),
            engine,
            new EmmcCard(CardProfile.served(media.sizeBytes() / 512), media),
            1 << 20);
    driver = silicon.driver();
    driver.enumerate();
    driver.enableQueue();
  }

  @AfterEach
  void close() {
    if (silicon != null) {
      silicon.close();
    }
    media.close();
  }

  /**
   * Writes so many blocks of the pattern at block 0; returns IS. {@code word16} programs slot 5.
   */
  private int write(int blocks, int word16, long dun) {
    int bytes = blocks * 512;
    driver.programKey(5, Patterns.ascending(0, 64), word16, 0);
    MemorySegment.copy(Patterns.sevens(bytes), 0, driver.data(), ValueLayout.JAVA_BYTE, 0, bytes);
    driver.chain(0, 0, parts(bytes));
    driver.task(0, false, 0, blocks, BareDriver.crypto(5, dun), 0);
    driver.ring(1);
    int is = driver.awaitQueue();
    silicon.controller().write32(Q + 0x2C, -1);
    return is;
  }

  /** Descriptors cut anywhere, of 60,001 bytes at most. */
  private static int[] parts(int bytes) {
    int[] parts = new int[bytes / 60_001 + 1];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = Math.min(60_001, bytes - 60_001 * i);
    }
    return parts;
  }

  private String onMedium(int offset, int bytes) throws Exception {
    byte[] all = new byte[bytes];
    media.read(offset, MemorySegment.ofArray(all));
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
  }

  private byte[] block(int number) {
    byte[] bytes = new byte[512];
    media.read(number * 512L, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @Test
  void refusesUnlessToldOtherwise() {
    assertThat(List.of(EngineConfig.served(), EngineConfig.faithful(), EngineConfig.wrapping()))
        .allMatch(config -> config.partialUnit() == PartialUnit.REFUSE);
    bringUp(EngineConfig.faithful());
    assertThat(write(7, 0x80000002, 0x12345678)).isEqualTo(GCE);
    assertThat(silicon.controller().read32(Q + 0x34)).as("nothing is queued").isZero();
    assertThat(media.extent(0)).as("nothing is written").isNegative();
  }

  /** Blocks, dword 16, what is written of them, its digest. */
  @ParameterizedTest
  @CsvSource({
    "7, 80000002, 6, e9269ae5c11f09b28c0f3d394ea242d1102c6883b13bfb56739af61362e6a582",
    "392, 80000080, 384, e9fa8526a2038242882211af8673a662ad9e8110c37de63f53fda48119d2505a",
  })
  void writesTheWholeUnitsAndThenFails(int blocks, String word16, int written, String sha256)
      throws Exception {
    bringUp(EngineConfig.faithful().with(PartialUnit.WHOLE_UNITS_THEN_FAIL));
    assertThat(write(blocks, Integer.parseUnsignedInt(word16, 16), 0x12345678)).isEqualTo(GCE);
    assertThat(silicon.controller().read32(Q + 0x54))
        .as("data part: 47, task 0")
        .isEqualTo(0x802F0000);
    assertThat(silicon.controller().read32(Q + 0x28)).as("not completed").isEqualTo(1);
    assertThat(onMedium(0, written * 512)).isEqualTo(sha256);
    assertThat(block(written)).as("the tail, in any form").containsOnly(0);
  }

  @Test
  void writesNothingOfATaskThatIsShorterThanAUnit() {
    bringUp(EngineConfig.faithful().with(PartialUnit.WHOLE_UNITS_THEN_FAIL));
    assertThat(write(7, 0x80000008, 0x12345678)).isEqualTo(GCE);
    assertThat(media.extent(0)).isNegative();
  }

  /** Blocks, dword 16, digest; the last is AES-128-CBC-ESSIV, chained anew in the short unit. */
  @ParameterizedTest
  @CsvSource({
    "7, 80000002, 4adbcfe83cbe75aa9ad72fc701cf90b3aee3db33ddcc8721da1169563115d186",
    "7, 80000004, 47829946ef016c93815ab01cefcac50236a1607e2fa9fbf0250a4557d33f77c7",
    "7, 80000008, 61f9b2503c4e2fbbb606fa56742f31b3f7a6096df9c3219aab2fb3dd713beb33",
    "392, 80000080, f2d9110c47a1f782edbc1a5f4f4eecf6fc36c95a76eb64c9d4b5832ae40ba61e",
    "7, 80000202, 236411e0bd6f3dfc531fc561257504a7b518af0bdb6fbb59480449872eed15c7",
  })
  void takesTheTailAsAShorterUnit(int blocks, String word16, String sha256) throws Exception {
    bringUp(EngineConfig.faithful().with(PartialUnit.SHORT_UNIT));
    int config = Integer.parseUnsignedInt(word16, 16);
    assertThat(write(blocks, config, 0x12345678)).isEqualTo(TCC);
    assertThat(onMedium(0, blocks * 512)).isEqualTo(sha256);

    driver.data().fill((byte) 0);
    driver.task(0, true, 0, blocks, BareDriver.crypto(5, 0x12345678), 0);
    driver.complete(1);
    assertThat(driver.data().asSlice(0, blocks * 512L).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(Patterns.sevens(blocks * 512));
  }

  /** Three blocks from number FFFFFFFFh on, units of 1024: the short unit has the next number. */
  @ParameterizedTest
  @CsvSource({
    "WRAP_32, 2, f62e6186a01034e68d67f8dae0247bbadcaac741c4cc4ac8c150261bd50d5aa3",
    "CARRY, 2, 8f404d7e847c2f3db494a63b4de8134315e3ec8cb8f6cb52aa853f2f2660ed4e",
    "REFUSE, 10, -",
  })
  void countsTheShortUnitAsOne(DunWrap wrap, String is, String sha256) throws Exception {
    EngineConfig config = new EngineConfig(32, 0x10, List.of(0x0003FF00), wrap);
    bringUp(config.with(PartialUnit.SHORT_UNIT));
    assertThat(write(3, 0x80000002, 0xFFFFFFFFL)).isEqualTo(Integer.parseInt(is, 16));
    if (wrap == DunWrap.REFUSE) {
      assertThat(media.extent(0)).isNegative();
    } else {
      assertThat(onMedium(0, 1536)).isEqualTo(sha256);
    }
  }
}
