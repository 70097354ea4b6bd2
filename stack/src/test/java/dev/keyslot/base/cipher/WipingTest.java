package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Turns;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left in memory when a key is closed, and that nobody is left waiting for it. */
class WipingTest {

  /** Every byte and number in the arrays of {@code object}. */
  private static List<Long> content(Object object) throws IllegalAccessException {
    List<Long> all = new ArrayList<>();
    for (Field field : object.getClass().getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers())) {
        continue;
      }
      field.setAccessible(true);
      if (field.get(object) instanceof byte[] bytes) {
        for (byte value : bytes) {
          all.add((long) value);
        }
      } else if (field.get(object) instanceof int[] numbers) {
        for (int value : numbers) {
          all.add((long) value);
        }
      }
    }
    return all;
  }

  @Test
  void theJdksBatchKeepsNothingOfWhatItTurnedOver() throws Exception {
    JdkCiphers ciphers = new JdkCiphers(Patterns.ascending(0, 64));
    JdkBatch batch = new JdkBatch();
    MemorySegment memory = MemorySegment.ofArray(Patterns.filled(0x5a, JdkBatch.BATCH_BYTES));
    batch.begin(ciphers, 4096, memory, memory);
    batch.encrypt(1, 0);
    batch.end();
    assertThat(content(batch)).filteredOn(value -> value != 0).hasSizeGreaterThan(20_000);
    batch.close();
    assertThat(content(batch)).hasSizeGreaterThan(20_000).containsOnly(0L);
    ciphers.close();
  }

  @Test
  void anAdiantumKeyKeepsNothingOfItsStreamKey() throws Exception {
    AdiantumKey key = new AdiantumKey(MemorySegment.ofArray(Patterns.ascending(0, 32)));
    assertThat(content(key)).contains(0x03020100L);
    key.close();
    assertThat(content(key)).hasSize(8).containsOnly(0L);
  }

  /** AES-128 of zeros under a key of zeros, and its inverse: by python3-cryptography. */
  private static final Set<String> UNDER_A_KEY_OF_ZEROS =
      Set.of("66e94bd4ef8a2c3b884cfa59ca342b2e", "140f0f1011b5223d79587717ffd9ec3a");

  @Test
  void theJdksCiphersHaveTheirKeysOverwritten() throws Exception {
    for (UnitKey key : unitKeys()) {
      key.close();
      for (Field field : key.getClass().getDeclaredFields()) {
        field.setAccessible(true);
        if (field.get(key) instanceof Cipher cipher) {
          assertThat(HexFormat.of().formatHex(cipher.doFinal(new byte[16])))
              .as("%s of %s", field.getName(), key.getClass())
              .isIn(UNDER_A_KEY_OF_ZEROS);
        }
      }
    }
  }

  /** They are kept for the next key. */
  @Test
  void theCiphersOfAnXtsKeyHaveTheirKeysOverwritten() throws Exception {
    JdkCiphers ciphers = new JdkCiphers(Patterns.ascending(0, 64));
    Field kept = JdkCiphers.class.getDeclaredField("trio");
    kept.setAccessible(true);
    Object trio = kept.get(ciphers);
    ciphers.close();
    int found = 0;
    for (Field field : trio.getClass().getDeclaredFields()) {
      field.setAccessible(true);
      if (field.get(trio) instanceof Cipher cipher) {
        found++;
        assertThat(HexFormat.of().formatHex(cipher.doFinal(new byte[16])))
            .as(field.getName())
            .isIn(UNDER_A_KEY_OF_ZEROS);
      }
    }
    assertThat(found).isEqualTo(3);
  }

  /**
   * Those that keep the key beside what they expand from it; the others have tests of their own.
   */
  private static List<Xts> engines() {
    return XtsEngines.all().stream().filter(engine -> !engine.name().equals("vaes")).toList();
  }

  @ParameterizedTest
  @MethodSource("engines")
  void theBytesOfAnXtsKeyAreWiped(Xts engine) throws Exception {
    XtsKey key = engine.newKey(MemorySegment.ofArray(Patterns.ascending(0, 64)));
    KeyCell cell = null;
    for (Field field : key.getClass().getDeclaredFields()) {
      field.setAccessible(true);
      cell = field.get(key) instanceof KeyCell found ? found : cell;
    }
    MemorySegment bytes = cell.bytes();
    assertThat(bytes.toArray(JAVA_BYTE)).isEqualTo(Patterns.ascending(0, 64));
    key.close();
    assertThat(bytes.toArray(JAVA_BYTE)).containsOnly(0);
  }

  /** What a call takes from a pool it gives back, so that nothing is made anew for the next. */
  @ParameterizedTest
  @MethodSource("engines")
  void aCallLeavesWhatItUsedToTheNext(Xts engine) throws Exception {
    MemorySegment memory = MemorySegment.ofArray(new byte[512]);
    try (XtsKey key = engine.newKey(MemorySegment.ofArray(Patterns.ascending(0, 64)))) {
      key.encrypt(0, 0, 512, memory, memory);
      List<Object> used = pooled(key);
      assertThat(used).isNotEmpty();
      key.encrypt(0, 0, 512, memory, memory);
      assertThat(pooled(key)).isEqualTo(used);
      key.decrypt(0, 0, 512, memory, memory, false);
      assertThat(pooled(key)).isEqualTo(used);
    }
  }

  /** What the next call would get from each of the key's pools. */
  private static List<Object> pooled(XtsKey key) throws IllegalAccessException {
    List<Object> contexts = new ArrayList<>();
    for (Field field : key.getClass().getDeclaredFields()) {
      field.setAccessible(true);
      if (field.get(key) instanceof ContextPool<?> pool) {
        contexts.add(peek(pool));
      }
    }
    return contexts;
  }

  private static <C extends AutoCloseable> Object peek(ContextPool<C> pool) {
    C context = pool.take();
    pool.give(context);
    return context;
  }

  @Test
  void aWipeableKeyIsZeroOnceClosed() {
    WipeableKey key = new WipeableKey(Patterns.ascending(0, 16));
    assertThat(key.getEncoded()).isEqualTo(Patterns.ascending(0, 16));
    key.close();
    assertThat(key.getEncoded()).hasSize(16).containsOnly(0);
  }

  private static List<UnitKey> unitKeys() {
    return List.of(
        new EssivKey(MemorySegment.ofArray(Patterns.ascending(0, 16))),
        new AdiantumKey(MemorySegment.ofArray(Patterns.ascending(0, 32))),
        Sm4.newXtsKey(MemorySegment.ofArray(Patterns.ascending(0, 32))));
  }

  /** One thread after another, so that whoever kept the key to itself would be found out. */
  @ParameterizedTest
  @MethodSource("unitKeys")
  void threadsTakeTurns(UnitKey key) throws Exception {
    byte[] iv = new byte[32];
    MemorySegment text = MemorySegment.ofArray(new byte[512]);
    Turns.of(
        () -> key.encrypt(iv, text, text),
        () -> key.decrypt(iv, text, text),
        () -> assertThat(text.toArray(JAVA_BYTE)).containsOnly(0),
        key::close,
        () ->
            assertThatThrownBy(() -> key.encrypt(iv, text, text))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("key must not be used after close"),
        key::close);
  }
}
