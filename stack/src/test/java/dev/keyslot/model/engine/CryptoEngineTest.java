package dev.keyslot.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.model.engine.EngineConfig.DunWrap;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The keyslot array against the worked examples of the datasheet. */
class CryptoEngineTest {

  private static EngineConfig config(DunWrap wrap) {
    return new EngineConfig(4, 0x10, List.of(0x0003FF00, 0x0001FF00), wrap);
  }

  private static void program(CryptoEngine engine, byte[] key, int word16) {
    engine.write(16, 0);
    for (int i = 0; i < 16; i++) {
      int word = 0;
      for (int b = 3; b >= 0; b--) {
        word = word << 8 | (key[4 * i + b] & 0xFF);
      }
      engine.write(i, word);
    }
    engine.write(17, 0);
    engine.write(16, word16);
  }

  /** First 16 bytes of the unit after {@code dun}, all zeros in. */
  private static String secondUnit(CryptoEngine engine, long dun) {
    SlotKey key = engine.claim(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(1024);
      MemorySegment out = arena.allocate(1024);
      key.encrypt(dun, in, out);
      key.decrypt(dun, out, in);
      assertThat(in.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
      return HexFormat.of().formatHex(out.asSlice(512, 16).toArray(ValueLayout.JAVA_BYTE));
    } finally {
      engine.release(key);
    }
  }

  /** Device-side reference 3.8: what follows data unit number FFFFFFFF. */
  @ParameterizedTest
  @CsvSource({
    "WRAP_32, cd6b103236fbd87dba93e9001e29bc3d",
    "CARRY, ce87c296405c679476713ff629f5827b"
  })
  void goesOnAfterTheLastDataUnitNumberAsConfigured(DunWrap wrap, String expected) {
    try (CryptoEngine engine = new CryptoEngine(config(wrap), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), 0x80000001);
      assertThat(secondUnit(engine, 0xFFFFFFFFL)).isEqualTo(expected);
    }
  }

  @Test
  void refusesToGoOnWhereSoConfigured() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.REFUSE), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), 0x80000001);
      assertThat(engine.check(true, 0, 0xFFFFFFFFL, 512)).isEqualTo(Verdict.OK);
      assertThat(engine.check(true, 0, 0xFFFFFFFFL, 1024)).isEqualTo(Verdict.GENERAL_ERROR);
    }
  }

  /** Device-side reference 3.9: AES-128-XTS, second half of the key from byte 32. */
  @Test
  void takesTheSecondHalfOfAShortKeyFromByte32() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.WRAP_32), XtsEngines.jdk());
        Arena arena = Arena.ofConfined()) {
      program(engine, Patterns.ascending(0, 64), 0x80000101);
      SlotKey key = engine.claim(0);
      MemorySegment out = arena.allocate(512);
      key.encrypt(1, arena.allocate(512), out);
      engine.release(key);
      String hex = HexFormat.of().formatHex(out.toArray(ValueLayout.JAVA_BYTE));
      assertThat(hex)
          .startsWith("8df6da1a822c389d1b7c8ff7533e1653")
          .endsWith("869b18ff034a70176cac474adba3fd64");
    }
  }

  /** SHA-256 of what {@code engine}'s keyslot 0 makes of {@code plain}, which comes back. */
  private static String encrypted(CryptoEngine engine, long dun, byte[] plain) throws Exception {
    SlotKey key = engine.claim(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocate(plain.length);
      MemorySegment out = arena.allocate(plain.length);
      in.copyFrom(MemorySegment.ofArray(plain));
      key.encrypt(dun, in, out);
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(out.toArray(ValueLayout.JAVA_BYTE));
      key.decrypt(dun, out, out);
      assertThat(out.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(plain);
      return HexFormat.of().formatHex(digest);
    } finally {
      engine.release(key);
    }
  }

  /** Device-side reference 3.9: several units, and a short XTS key; driver-side 12.2: ESSIV. */
  @ParameterizedTest
  @CsvSource({
    "80000001, 12345678, c6ceb32f2b167e308aa65e612d09f77108f9a0b49dc1f47d43a4c9b6e4bf9327",
    "80000002, 12345678, a193a34c83ce0d93b203524c3b83270d00481a55b76e7eba0c7b584510ac6451",
    "80000008, 12345678, 5fc2c6eb8487ffce21ba9a5fda1902ae6eebdce0eba56878f3cca613b4a28714",
  })
  void numbersTheUnitsOfATaskOneByOne(String word16, String dun, String expected) throws Exception {
    try (CryptoEngine engine = new CryptoEngine(EngineConfig.faithful(), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), Integer.parseUnsignedInt(word16, 16));
      byte[] plain = Patterns.sevens(4096);
      assertThat(encrypted(engine, Long.parseLong(dun, 16), plain)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "80000101, 7f984c72dced939311a58bf7dbcfd286aad49b7374ae4189e109761b04005c29",
    "80000201, 35944cc60afd4fb4131ebd83deb65fe43bd6622c26e366e0f9972476ab0c20cd",
  })
  void knowsEveryAlgorithmThatItAnnounces(String word16, String expected) throws Exception {
    try (CryptoEngine engine = new CryptoEngine(EngineConfig.faithful(), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), Integer.parseUnsignedInt(word16, 16));
      assertThat(engine.check(true, 0, 1, 512)).isEqualTo(Verdict.OK);
      assertThat(encrypted(engine, 1, new byte[512])).isEqualTo(expected);
    }
  }

  /**
   * ESSIV chains anew in each unit. python3-cryptography: AES-128-CBC of zeros, key 00..0f, IV =
   * AES-256-ECB under SHA-256(key) of DUN 7 and 8, 512 bytes each: SHA-256 of both together.
   */
  @Test
  void chainsAnewWithEachUnitUnderEssiv() throws Exception {
    try (CryptoEngine engine = new CryptoEngine(EngineConfig.faithful(), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), 0x80000201);
      assertThat(encrypted(engine, 7, new byte[1024]))
          .isEqualTo("be02cf8b30987a32b14eb66768ecc41ee3643722697f90a8678e896a4c7c0e6b");
    }
  }

  @Test
  void announcesNothingThatCannotBe() {
    assertThatThrownBy(() -> new EngineConfig(1, 0x10, List.of(0x8001FF03), DunWrap.WRAP_32))
        .hasMessage(
            "zero rule must go with AES-XTS, wrapped keys with AES-256-XTS: capability=0x8001ff03");
    assertThatThrownBy(() -> new EngineConfig(1, 0x10, List.of(0x4001FF00), DunWrap.WRAP_32))
        .hasMessageContaining("wrapped keys with AES-256-XTS");
    assertThatThrownBy(() -> new CryptoEngine(EngineConfig.wrapping(), XtsEngines.jdk()))
        .hasMessageStartingWith("an engine that announces wrapped keys needs a key manager");
  }

  @Test
  void refusesTheZeroRuleWhereItIsNotAnnounced() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.WRAP_32), XtsEngines.jdk())) {
      program(engine, Patterns.ascending(0, 64), 0x80000001);
      engine.write(17, 0x00010000);
      engine.write(16, 0x80000001);
      assertThat(engine.check(true, 0, 0, 512)).isEqualTo(Verdict.INVALID_CONFIGURATION);
    }
  }

  @Test
  void acceptsEqualHalvesAsHardwareDoes() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.WRAP_32), XtsEngines.jdk())) {
      program(engine, new byte[64], 0x80000001);
      assertThat(engine.check(true, 0, 0, 512)).isEqualTo(Verdict.OK);
    }
  }

  @Test
  void keepsAReplacedKeyAliveForTheTaskThatClaimedIt() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.WRAP_32), XtsEngines.jdk());
        Arena arena = Arena.ofConfined()) {
      program(engine, Patterns.ascending(0, 64), 0x80000001);
      SlotKey old = engine.claim(0);
      program(engine, Patterns.ascending(1, 64), 0x80000001);
      MemorySegment out = arena.allocate(512);
      old.encrypt(0, arena.allocate(512), out);
      assertThat(HexFormat.of().formatHex(out.asSlice(0, 16).toArray(ValueLayout.JAVA_BYTE)))
          .isEqualTo("cd6b103236fbd87dba93e9001e29bc3d");
      engine.release(old);
      assertThat(engine.changesUnderTask()).isPositive();
    }
  }

  @Test
  void ignoresWritesBehindTheLastSlot() {
    try (CryptoEngine engine = new CryptoEngine(config(DunWrap.WRAP_32), XtsEngines.jdk())) {
      engine.write(4 * 32, -1);
      assertThat(engine.read(4 * 32)).isZero();
      assertThat(engine.check(true, 4, 0, 512)).isEqualTo(Verdict.INVALID_CONFIGURATION);
    }
  }
}
