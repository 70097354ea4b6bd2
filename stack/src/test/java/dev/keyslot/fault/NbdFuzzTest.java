package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.testkit.FuzzCorpus;
import dev.keyslot.testkit.NbdGrammar;
import dev.keyslot.testkit.NbdStream;
import dev.keyslot.testkit.NbdTestClient;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Tool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Clients that send anything: every byte they get back is one the protocol knows, and nothing is
 * left behind. The corpus is replayed, then a fresh dose of mutants; streams that showed something
 * new are mutated further.
 */
@Timeout(600)
class NbdFuzzTest {

  private static final String CORPUS = "nbd-corpus.txt";
  private static final int STREAMS = 3_000;
  private static final int LONG_STREAMS = 300_000;
  private static final int STREAM_BYTES_MAX = 4_000;

  /** Four bytes that matter: lengths, offsets and their neighbours. */
  private static final int[] NUMBERS = {
    0, 1, -1, 0x7fffffff, 0x80000000, 0xfff, 0x1000, 0x8000, 0x8001, 0x13ffff, 0x140000, 0x140001
  };

  private static Set<String> run(byte[] stream) {
    try {
      return NbdStream.run(stream);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "stream (add it to " + CORPUS + "): " + HexFormat.of().formatHex(stream), e);
    }
  }

  static Stream<String> corpus() {
    return FuzzCorpus.lines("nbd").stream();
  }

  @ParameterizedTest
  @MethodSource("corpus")
  void replaysTheCorpus(String stream) {
    run(NbdTestClient.bytes(stream));
  }

  @Test
  void survivesAFreshDose() {
    long seed = Seeds.next(NbdFuzzTest.class);
    SplittableRandom random = new SplittableRandom(seed);
    List<byte[]> streams = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    corpus().map(NbdTestClient::bytes).forEach(stream -> keep(stream, streams, seen));
    int given = streams.size();
    int dose = Tool.isLongRun() ? LONG_STREAMS : STREAMS;
    for (int i = 0; i < dose; i++) {
      keep(mutant(streams, random), streams, seen);
    }
    System.out.printf(
        "nbd fuzz: %d streams, %d sights, %d kept, seed %d%n",
        dose, seen.size(), streams.size() - given, seed);
    assertThat(seen)
        .as("seed %d reaches every style", seed)
        .contains("SIMPLE", "STRUCTURED", "EXTENDED", "chunk 5 done 1", "chunk 6 done 1");
  }

  private static void keep(byte[] stream, List<byte[]> streams, Set<String> seen) {
    if (seen.addAll(run(stream))) {
      streams.add(stream);
    }
  }

  private static byte[] mutant(List<byte[]> streams, SplittableRandom random) {
    byte[] bytes = streams.get(random.nextInt(streams.size())).clone();
    if (random.nextInt(3) == 0) { // two streams, joined
      byte[] other = streams.get(random.nextInt(streams.size()));
      int cut = random.nextInt(bytes.length + 1);
      int from = random.nextInt(other.length);
      byte[] joined = Arrays.copyOf(bytes, cut + other.length - from);
      System.arraycopy(other, from, joined, cut, other.length - from);
      bytes = joined;
    }
    for (int i = random.nextInt(6); i >= 0; i--) {
      int at = random.nextInt(bytes.length);
      if (random.nextInt(3) == 0 && at + 4 <= bytes.length) {
        java.nio.ByteBuffer.wrap(bytes).putInt(at, NUMBERS[random.nextInt(NUMBERS.length)]);
      } else {
        bytes[at] = (byte) random.nextInt(256);
      }
    }
    return bytes.length > STREAM_BYTES_MAX ? Arrays.copyOf(bytes, STREAM_BYTES_MAX) : bytes;
  }

  /** The checker sees a byte changed anywhere that has a meaning, an end too early and too late. */
  @ParameterizedTest
  @ValueSource(ints = {0, 8, 17, 18, 26, 31, 37, 50, 54, 57, 60, 74, 78, 82, 90})
  void anAnswerThatIsNoneIsSeen(int at) {
    byte[] good =
        NbdTestClient.bytes(
            "4e42444d41474943 49484156454f5054 0003" // 0
                + "0003e889045565a9 00000008 00000001 00000000" // 18
                + "0003e889045565a9 00000007 00000003 0000000c 0000 0000000000140000 0ded" // 38
                + "0003e889045565a9 00000007 00000001 00000000" // 70
                + "668e33ef 0001 0000 0000000000000001 00000000"); // 90
    assertThat(NbdGrammar.read(good, false)).contains("STRUCTURED", "chunk 0 done 1");
    byte[] changed = good.clone();
    changed[at] ^= 0x40;
    assertThatThrownBy(() -> NbdGrammar.read(changed, false)).isInstanceOf(AssertionError.class);
    byte[] cut = Arrays.copyOf(good, good.length - 1);
    assertThatThrownBy(() -> NbdGrammar.read(cut, false)).isInstanceOf(AssertionError.class);
    byte[] more = Arrays.copyOf(good, good.length + 1);
    assertThatThrownBy(() -> NbdGrammar.read(more, false)).isInstanceOf(AssertionError.class);
  }
}
