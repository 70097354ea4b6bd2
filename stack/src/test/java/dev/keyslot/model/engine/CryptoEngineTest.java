package dev.keyslot.model.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.model.engine.EngineConfig.DunWrap;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
