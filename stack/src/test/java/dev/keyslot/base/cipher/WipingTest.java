package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left in memory when a key is closed, and that nobody is left waiting for it. */
class WipingTest {

  private static final int CONTEXTS = 60_000;

  /** Every byte and number in the arrays of {@code object}. */
  private static List<Long> content(Object object) throws IllegalAccessException {
    List<Long> all = new ArrayList<>();
    for (Field field : object.getClass().getDeclaredFields()) {
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
    inAnotherThread(() -> key.encrypt(iv, text, text));
    inAnotherThread(() -> key.decrypt(iv, text, text));
    assertThat(text.toArray(JAVA_BYTE)).containsOnly(0);
    inAnotherThread(key::close);
    inAnotherThread(
        () ->
            assertThatThrownBy(() -> key.encrypt(iv, text, text))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("key must not be used after close"));
    inAnotherThread(key::close);
  }

  private static void inAnotherThread(Runnable work) throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .uncaughtExceptionHandler((dead, thrown) -> failure.set(thrown))
            .start(work);
    assertThat(thread.join(Duration.ofMinutes(1))).as("its turn came").isTrue();
    assertThat(failure.get()).isNull();
  }

  @Test
  void aContextOfLibcryptoGivesItsCellBack() {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    List<Long> before = nextTwoCells();
    context(LibcryptoCalls.fetch("AES-256-XTS")).close();
    assertThat(nextTwoCells()).containsExactlyInAnyOrderElementsOf(before);
  }

  /** Where the next two secrets will lie: one for a key, one for its context's tweak. */
  private static List<Long> nextTwoCells() {
    MemorySegment one = SecretCells.take();
    MemorySegment other = SecretCells.take();
    SecretCells.give(other);
    SecretCells.give(one);
    return List.of(one.address(), other.address());
  }

  /** Two contexts of libcrypto at least 500 bytes each: either of them leaking would show. */
  @Test
  void libcryptoGetsItsMemoryBack() throws Exception {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    long cipher = LibcryptoCalls.fetch("AES-256-XTS");
    for (int i = 0; i < CONTEXTS; i++) {
      context(cipher).close();
    }
    long before = residentBytes();
    for (int i = 0; i < CONTEXTS; i++) {
      context(cipher).close();
    }
    assertThat(residentBytes() - before).isLessThan(CONTEXTS * 300L);
  }

  private static LibcryptoContext context(long cipher) {
    try (KeyCell key = KeyCell.copyOf(MemorySegment.ofArray(Patterns.ascending(0, 64)))) {
      return new LibcryptoContext(cipher, key.bytes());
    }
  }

  private static long residentBytes() throws Exception {
    String statm = Files.readString(Path.of("/proc/self/statm"));
    int from = statm.indexOf(' ') + 1;
    return 4096 * Long.parseLong(statm.substring(from, statm.indexOf(' ', from)));
  }
}
