package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What contexts of libcrypto took comes back when they are closed, and what an engine looks up. */
class LibcryptoContextTest {

  private static final int CONTEXTS = 60_000;

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

  /** The engine that all others share was made long ago. */
  @Test
  void aFreshEngineFindsBothAlgorithms() {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    LibcryptoXts fresh = new LibcryptoXts();
    assertThat(XtsSelfTest.passed(fresh)).isSameAs(fresh);
    MemorySegment unit = MemorySegment.ofArray(new byte[512]);
    try (XtsKey key = fresh.newKey(MemorySegment.ofArray(Patterns.ascending(0, 32)))) {
      key.encrypt(1, 0, 512, unit, unit);
    }
    byte[] expected = new XtsOracle(Patterns.ascending(0, 32)).encrypt(1, 512, new byte[512]);
    assertThat(unit.toArray(JAVA_BYTE)).isEqualTo(expected);
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
