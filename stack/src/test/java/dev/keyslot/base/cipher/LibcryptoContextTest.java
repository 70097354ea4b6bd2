package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What contexts of libcrypto took comes back when they are closed, and what an engine looks up. */
class LibcryptoContextTest {

  private static final int ROUNDS = 4;
  private static final int CONTEXTS = 60_000;

  @Test
  void aContextOfLibcryptoGivesItsCellBack() {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    List<Long> before = nextTwoCells();
    useContext(new LibcryptoSpares(LibcryptoCalls.fetch("AES-256-XTS"), 2));
    assertThat(nextTwoCells()).containsExactlyInAnyOrderElementsOf(before);
  }

  /** Where the next two secrets will lie: one for a key, one for its context's tweak. */
  private static List<Long> nextTwoCells() {
    MemorySegment one = SecretCells.KEYS.take();
    MemorySegment other = SecretCells.KEYS.take();
    SecretCells.KEYS.give(other);
    SecretCells.KEYS.give(one);
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

  /**
   * Two contexts of libcrypto at least 500 bytes each: either of them leaking would show in each
   * round, while the JVM's own memory grows in some.
   */
  @Test
  void libcryptoGetsItsMemoryBack() throws Exception {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    LibcryptoSpares none = new LibcryptoSpares(LibcryptoCalls.fetch("AES-256-XTS"), 0);
    long leastGrowth = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      long before = residentBytes();
      for (int i = 0; i < CONTEXTS; i++) {
        useContext(none);
      }
      leastGrowth = Math.min(leastGrowth, residentBytes() - before);
    }
    assertThat(leastGrowth).isLessThan(CONTEXTS * 300L);
  }

  @Test
  void aRefusedKeyLeavesNothingBehind() {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    LibcryptoSpares spares = new LibcryptoSpares(LibcryptoCalls.fetch("AES-256-XTS"), 1);
    useContext(spares);
    byte[] equalHalves = new byte[64];
    try (KeyCell key = KeyCell.copyOf(MemorySegment.ofArray(equalHalves))) {
      List<Long> before = nextTwoCells();
      assertThatIllegalStateException()
          .isThrownBy(() -> new LibcryptoContext(spares, key.bytes(), true));
      assertThat(nextTwoCells()).isEqualTo(before);
    }
    long context = spares.takeSpare();
    assertThat(context).isNotZero();
    LibcryptoCalls.free(context);
  }

  @Test
  void aSpareContextEncryptsWithAKeyThatIsNoSecret() {
    assumeThat(XtsEngines.libcryptoMissing()).isNull();
    LibcryptoSpares spares = new LibcryptoSpares(LibcryptoCalls.fetch("AES-256-XTS"), 2);
    useContext(spares);
    long context = spares.takeSpare();
    MemorySegment cell = SecretCells.KEYS.take();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(512);
      LibcryptoCalls.startUnit(context, cell.address());
      LibcryptoCalls.turnOver(context, text.address(), text.address(), 512, cell.address() + 16);
      byte[] noSecret = new byte[64];
      Arrays.fill(noSecret, (byte) 1);
      noSecret[0] = 2;
      noSecret[16] = 3;
      assertThat(text.toArray(JAVA_BYTE))
          .isEqualTo(new XtsOracle(noSecret).encrypt(0, 512, new byte[512]));
    } finally {
      LibcryptoCalls.free(context);
      SecretCells.KEYS.give(cell);
    }
  }

  /** Encryption and decryption each take a context of libcrypto. */
  private static void useContext(LibcryptoSpares spares) {
    try (KeyCell key = KeyCell.copyOf(MemorySegment.ofArray(Patterns.ascending(0, 64)))) {
      for (boolean encrypt : new boolean[] {true, false}) {
        new LibcryptoContext(spares, key.bytes(), encrypt).close();
      }
    }
  }

  private static long residentBytes() throws Exception {
    String statm = Files.readString(Path.of("/proc/self/statm"));
    int from = statm.indexOf(' ') + 1;
    return 4096 * Long.parseLong(statm.substring(from, statm.indexOf(' ', from)));
  }
}
