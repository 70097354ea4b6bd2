package dev.keyslot.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.cipher.XtsEngines;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that the engine unwraps itself, against the vectors of the known parts. */
class WrappedSlotTest {

  private static final byte[] RAW = Patterns.ascending(0, 32);
  private static final int RAW_SLOT = 0;
  private static final int WRAPPED_SLOT = 0x00020000;

  private final KeyWrapper wrapper = new KeyWrapper(Patterns.ascending(0x80, 32));
  private final CryptoEngine engine =
      new CryptoEngine(EngineConfig.wrapping(), XtsEngines.jdk(), wrapper);

  @AfterEach
  void close() {
    engine.close();
  }

  private void program(byte[] key, int vendor) {
    ByteBuffer words = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    words.put(key).rewind();
    engine.write(16, 0);
    for (int i = 0; i < 16; i++) {
      engine.write(i, words.getInt());
    }
    engine.write(17, vendor);
    engine.write(16, 0x80000001);
  }

  private Verdict verdict() {
    return engine.check(true, 0, 5, 512);
  }

  /** Driver-side reference 12.4: unwrapped key 00..1f, DUN 5, zeros. */
  @Test
  void encryptsWithTheKeyDerivedFromTheOneInside() {
    program(wrapper.prepare(wrapper.importKey(RAW)), WRAPPED_SLOT);
    assertThat(verdict()).isEqualTo(Verdict.OK);
    SlotKey key = engine.claim(0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(512);
      key.encrypt(5, arena.allocate(512), out);
      assertThat(HexFormat.of().formatHex(out.asSlice(0, 16).toArray(ValueLayout.JAVA_BYTE)))
          .isEqualTo("448425acc5766bb14885af97ab1b61e7");
    } finally {
      engine.release(key);
    }
  }

  /** Driver-side reference 12.4. */
  @Test
  void derivesTheSecretForSoftware() {
    byte[] secret = wrapper.softwareSecret(wrapper.prepare(wrapper.importKey(RAW)));
    assertThat(HexFormat.of().formatHex(secret))
        .isEqualTo("e7535addd3a4a46c9727da5befa06fffd3ff06eb4e5b5930962c164a48cf15b7");
  }

  @Test
  void aSealedKeyShowsNothingOfTheOneInside() {
    String sealed = HexFormat.of().formatHex(wrapper.importKey(RAW));
    assertThat(sealed).hasSize(120).doesNotContain("00010203", "1c1d1e1f");
  }

  @Test
  void aPowerCycleVoidsTheEphemeralFormAndTheSlotsButNotTheLongTermForm() {
    byte[] longTerm = wrapper.generate();
    byte[] ephemeral = wrapper.prepare(longTerm);
    byte[] secret = wrapper.softwareSecret(ephemeral);
    program(ephemeral, WRAPPED_SLOT);
    engine.powerCycle();
    assertThat(verdict()).as("slots are empty").isEqualTo(Verdict.INVALID_CONFIGURATION);
    program(ephemeral, WRAPPED_SLOT);
    assertThat(verdict()).as("an old form").isEqualTo(Verdict.INVALID_CONFIGURATION);
    assertThat(wrapper.softwareSecret(ephemeral)).isEmpty();

    byte[] again = wrapper.prepare(longTerm);
    assertThat(again).isNotEqualTo(ephemeral);
    program(again, WRAPPED_SLOT);
    assertThat(verdict()).isEqualTo(Verdict.OK);
    assertThat(wrapper.softwareSecret(again)).isEqualTo(secret);
  }

  /** Nonce, sealed key, tag, and the zeros behind. */
  @ParameterizedTest
  @ValueSource(ints = {0, 11, 12, 43, 44, 59, 60, 63})
  void aFormWithAnyByteChangedLeavesTheSlotUnusable(int index) {
    byte[] form = Arrays.copyOf(wrapper.prepare(wrapper.importKey(RAW)), 64);
    form[index] ^= 1;
    program(form, WRAPPED_SLOT);
    assertThat(verdict()).isEqualTo(Verdict.INVALID_CONFIGURATION);
  }

  @Test
  void theLongTermFormIsNoKeyForASlot() {
    program(wrapper.importKey(RAW), WRAPPED_SLOT);
    assertThat(verdict()).isEqualTo(Verdict.INVALID_CONFIGURATION);
  }

  @Test
  void anotherPartsFormIsWorthless() {
    try (KeyWrapper other = new KeyWrapper(Patterns.ascending(0x81, 32))) {
      assertThat(wrapper.prepare(other.importKey(RAW))).isEmpty();
      assertThat(wrapper.prepare(new byte[3])).isEmpty();
      program(other.prepare(other.importKey(RAW)), WRAPPED_SLOT);
      assertThat(verdict()).isEqualTo(Verdict.INVALID_CONFIGURATION);
    }
  }

  @Test
  void rawKeysStillGo() {
    program(Patterns.ascending(0, 64), RAW_SLOT);
    assertThat(verdict()).isEqualTo(Verdict.OK);
  }

  @Test
  void wrappedKeysAreRefusedWhereNobodyAnnouncedThem() {
    try (CryptoEngine plain = new CryptoEngine(EngineConfig.served(), XtsEngines.jdk())) {
      plain.write(17, WRAPPED_SLOT);
      plain.write(16, 0x80000001);
      assertThat(plain.check(true, 0, 0, 512)).isEqualTo(Verdict.INVALID_CONFIGURATION);
    }
  }

  @Test
  void takesKeysOf32BytesOnly() {
    assertThatThrownBy(() -> wrapper.importKey(new byte[16]))
        .hasMessage("key must have 32 bytes: bytes=16");
  }
}
