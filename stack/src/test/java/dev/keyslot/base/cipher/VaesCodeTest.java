package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.XtsOracle;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Field;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the machine code promises beyond the bytes, which all engines are held to. */
class VaesCodeTest {

  private static final byte[] KEY = Patterns.ascending(0, 64);

  @TempDir private Path directory;

  /** The resource is what its source says. */
  @Test
  void isWhatTheAssemblerMakesOfItsSource() throws IOException {
    Tool.need("as", "objcopy");
    Path made = directory.resolve("xts");
    Tool.run("bash", "src/main/asm/assemble", made.toString()).ok();
    try (InputStream shipped = VaesCode.class.getResourceAsStream("xts.x86-64")) {
      assertThat(shipped.readAllBytes()).isEqualTo(Files.readAllBytes(made));
    }
  }

  @Test
  void saysWhatAMachineLacks() throws IOException {
    Path cpuinfo = directory.resolve("cpuinfo");
    Files.writeString(
        cpuinfo, "processor\t: 0\nflags\t\t: fpu aes avx bmi2 avx512f avx512bw vaes vpclmulqdq\n");
    assertThat(VaesCode.missingOf("amd64", cpuinfo)).isNull();
    assertThat(VaesCode.missingOf("aarch64", cpuinfo))
        .isEqualTo("an x86-64 processor: os.arch=aarch64");
    // a name inside another does not count
    Files.writeString(
        cpuinfo, "flags\t\t: fpu aes avx2 bmi2 avx512f avx512bw xvaes\nflags : vaes\n");
    assertThat(VaesCode.missingOf("amd64", cpuinfo))
        .isEqualTo("a processor with vector AES: lacking=[avx, vaes, vpclmulqdq]");
    Files.writeString(cpuinfo, "");
    assertThat(VaesCode.missingOf("amd64", cpuinfo)).contains("lacking=[aes, ");
  }

  private static void needTheEngine() {
    assumeTrue(XtsEngines.vaesMissing() == null, String.valueOf(XtsEngines.vaesMissing()));
  }

  /**
   * Under the zero rule a long run is decrypted in parts; no number is lost, over the carry too.
   */
  @Test
  void aLongRunGoesOnWithTheRightNumber() {
    needTheEngine();
    int unit = 4096;
    int second = XtsKey.UNIT_BYTES_MAX / unit;
    int units = 2 * second + 3;
    XtsOracle oracle = new XtsOracle(KEY);
    try (Arena arena = Arena.ofConfined();
        XtsKey key = XtsEngines.vaes().newKey(MemorySegment.ofArray(KEY))) {
      MemorySegment memory = arena.allocate((long) units * unit);
      for (long first : new long[] {7, -second, -second - 1L, -second + 1L}) {
        memory.fill((byte) 0);
        key.encrypt(first, 5, unit, memory, memory);
        for (int at : new int[] {0, second - 1, second, second + 1, 2 * second, units - 1}) {
          assertThat(memory.asSlice((long) at * unit, unit).toArray(JAVA_BYTE))
              .as("first=%d unit %d", first, at)
              .isEqualTo(oracle.encrypt(number(first, 5, at), unit, new byte[unit]));
        }
        key.decrypt(first, 5, unit, memory, memory, true);
        assertThat(memory.mismatch(MemorySegment.ofArray(new byte[units * unit]))).isEqualTo(-1);
      }
    }
  }

  private static BigInteger number(long low, long high, int more) {
    return BigInteger.valueOf(high)
        .shiftLeft(64)
        .add(new BigInteger(Long.toUnsignedString(low)))
        .add(BigInteger.valueOf(more));
  }

  @Test
  void whatAKeyExpandsToIsWipedOnClose() throws ReflectiveOperationException {
    needTheEngine();
    VaesXtsKey key = (VaesXtsKey) XtsEngines.vaes().newKey(MemorySegment.ofArray(KEY));
    MemorySegment schedule = (MemorySegment) field(key, "schedule");
    assertThat(Arrays.copyOf(schedule.toArray(JAVA_BYTE), 32)).isEqualTo(Arrays.copyOf(KEY, 32));
    key.close();
    assertThat(schedule.toArray(JAVA_BYTE)).containsOnly(0);
  }

  /** The one who leaves last wipes, once: the cell may be another key's a moment later. */
  @Test
  void aKeyInUseIsWipedByTheLastCall() throws ReflectiveOperationException {
    needTheEngine();
    VaesXtsKey key = (VaesXtsKey) XtsEngines.vaes().newKey(MemorySegment.ofArray(KEY));
    AtomicInteger calls = (AtomicInteger) field(key, "calls");
    MemorySegment schedule = (MemorySegment) field(key, "schedule");
    calls.incrementAndGet(); // a call under way on another thread

    key.close();
    assertThat(schedule.get(JAVA_BYTE, 1)).isEqualTo((byte) 1);
    calls.decrementAndGet();
    MemorySegment memory = MemorySegment.ofArray(new byte[512]);
    assertThatIllegalStateException().isThrownBy(() -> key.encrypt(0, 0, 512, memory, memory));
    assertThat(schedule.toArray(JAVA_BYTE)).containsOnly(0);

    schedule.set(JAVA_BYTE, 0, (byte) 9); // the next owner's
    key.close();
    assertThatIllegalStateException().isThrownBy(() -> key.encrypt(0, 0, 512, memory, memory));
    assertThat(schedule.get(JAVA_BYTE, 0)).isEqualTo((byte) 9);
    schedule.fill((byte) 0);
  }

  private static Object field(Object object, String name) throws ReflectiveOperationException {
    Field field = object.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(object);
  }
}
