package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.FuzzCorpus;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.SiliconProgram;
import dev.keyslot.testkit.Tool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A hostile driver, mutated: programs that reach something not seen before are kept and mutated
 * further. No exception leaves the model, nothing beside mapped memory is written, no task follows
 * more than 65,536 descriptors, and the model comes to rest.
 *
 * <p>The corpus is replayed, then a fresh dose is run. {@code -Dkeyslot.fuzz.seconds=3600} makes
 * the dose last that long and prints what was worth keeping.
 */
class SiliconFuzzTest {

  /** The dose of a normal run, and of a long one unless seconds are given. */
  private static final int PROGRAMS = 300;

  private static final int LONG_PROGRAMS = 20_000;
  private static final int PROGRAM_BYTES_MAX = 1_000;
  private static final String CORPUS = "silicon-corpus.txt";

  /** Programs worth mutating, and what they showed. */
  private static final class Corpus {

    private final List<byte[]> programs = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    /** Runs a program and keeps it if it showed something new. */
    boolean offer(byte[] program) {
      boolean fresh = seen.addAll(run(program));
      if (fresh) {
        programs.add(program);
      }
      return fresh;
    }
  }

  private static Set<String> run(byte[] program) {
    try {
      return SiliconProgram.run(program);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "program (add it to " + CORPUS + "): " + HexFormat.of().formatHex(program), e);
    }
  }

  static List<String> corpus() {
    return FuzzCorpus.lines("silicon");
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void replaysTheCorpus(String program) {
    assertThat(run(HexFormat.of().parseHex(program))).isNotEmpty();
  }

  @Test
  void survivesAFreshDose() throws Exception {
    long seed = Seeds.next(SiliconFuzzTest.class);
    SplittableRandom random = new SplittableRandom(seed);
    Corpus corpus = new Corpus();
    FuzzCorpus.inputs("silicon").forEach(corpus::offer);
    int given = corpus.programs.size();
    long seconds = Long.getLong("keyslot.fuzz.seconds", 0);
    long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    int dose = seconds > 0 ? Integer.MAX_VALUE : Tool.isLongRun() ? LONG_PROGRAMS : PROGRAMS;
    int ran = 0;
    while (ran < dose && (seconds == 0 || System.nanoTime() < end)) {
      corpus.offer(mutant(corpus.programs, random));
      ran++;
    }
    System.out.printf(
        "silicon fuzz: %d programs, %d sights, %d kept, seed %d%n",
        ran, corpus.seen.size(), corpus.programs.size() - given, seed);
    if (seconds > 0) {
      Path kept = Path.of("target", "silicon-corpus.txt");
      Files.write(kept, corpus.programs.stream().map(HexFormat.of()::formatHex).toList());
    }
    assertThat(corpus.seen).as("seed %d reaches the deep paths", seed).hasSizeGreaterThan(40);
  }

  /** The checks see a byte beside mapped memory, at either end, and a descriptor too many. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4095, 69_632, 73_727})
  void aByteBesideMappedMemoryIsSeen(int at) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = SiliconProgram.guarded(arena);
      SiliconProgram.checkGuards(memory);
      memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
      assertThatThrownBy(() -> SiliconProgram.checkGuards(memory))
          .hasMessageStartingWith("device wrote beside the memory mapped for it");
    }
  }

  @Test
  void aDescriptorTooManyIsSeen() {
    SiliconProgram.checkResolves(131_136);
    assertThatThrownBy(() -> SiliconProgram.checkResolves(131_137))
        .hasMessage("one step followed too many descriptors: resolves=131137");
  }

  private static byte[] mutant(List<byte[]> programs, SplittableRandom random) {
    if (programs.isEmpty() || random.nextInt(8) == 0) {
      byte[] fresh = new byte[1 + random.nextInt(400)];
      random.nextBytes(fresh);
      return fresh;
    }
    byte[] bytes = programs.get(random.nextInt(programs.size())).clone();
    if (random.nextInt(3) == 0) { // two programs, joined
      byte[] other = programs.get(random.nextInt(programs.size()));
      int cut = random.nextInt(bytes.length + 1);
      int from = random.nextInt(other.length + 1);
      byte[] joined = Arrays.copyOf(bytes, cut + other.length - from);
      System.arraycopy(other, from, joined, cut, other.length - from);
      bytes = joined.length == 0 ? bytes : joined;
    }
    for (int i = random.nextInt(8); i >= 0; i--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes.length > PROGRAM_BYTES_MAX ? Arrays.copyOf(bytes, PROGRAM_BYTES_MAX) : bytes;
  }
}
