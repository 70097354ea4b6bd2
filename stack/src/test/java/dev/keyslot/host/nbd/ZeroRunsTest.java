package dev.keyslot.host.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class ZeroRunsTest {

  private static final int KIB = 1024;

  /** Starts and ends of all runs. */
  private static List<Long> runs(MemorySegment data) {
    List<Long> found = new ArrayList<>();
    long at = ZeroRuns.next(data, 0);
    while (at < data.byteSize()) {
      long end = ZeroRuns.end(data, at);
      found.add(at);
      found.add(end);
      at = ZeroRuns.next(data, end);
    }
    return found;
  }

  private static MemorySegment ones(int bytes) {
    return MemorySegment.ofArray(new byte[bytes]).fill((byte) 1);
  }

  @Test
  void dataWithoutZerosHasNone() {
    assertThat(runs(ones(1024 * KIB))).isEmpty();
  }

  @Test
  void zerosAreOneRunUpToTheLastWholeStep() {
    assertThat(runs(MemorySegment.ofArray(new byte[100 * KIB + 17]))).containsExactly(0L, 102400L);
  }

  @Test
  void aRunOf28KibIsNoneAndOneOf32KibIs() {
    MemorySegment data = ones(256 * KIB);
    data.asSlice(4 * KIB, 28 * KIB).fill((byte) 0);
    data.asSlice(100 * KIB, 32 * KIB).fill((byte) 0);
    assertThat(runs(data)).containsExactly(102400L, 135168L);
  }

  @Test
  void aSingleByteEndsARun() {
    MemorySegment data = MemorySegment.ofArray(new byte[128 * KIB]);
    data.set(ValueLayout.JAVA_BYTE, 64 * KIB - 1, (byte) 1);
    assertThat(runs(data)).containsExactly(0L, 61440L, 65536L, 131072L);
  }

  /** A second, plain search: one flag for each step, then counting. */
  @RepeatedTest(20)
  void chanceIsFoundAsByAPlainSearch() {
    SplittableRandom random = Seeds.random(ZeroRunsTest.class);
    int steps = random.nextInt(1, 300);
    boolean[] zero = new boolean[steps];
    MemorySegment data = ones(steps * 4096);
    for (int step = 0; step < steps; step++) {
      zero[step] = random.nextInt(16) > 0;
      if (zero[step]) {
        data.asSlice(step * 4096L, 4096).fill((byte) 0);
      }
    }
    List<Long> expected = new ArrayList<>();
    int from = 0;
    for (int step = 0; step <= steps; step++) {
      if (step == steps || !zero[step]) {
        if (step - from >= 8) {
          expected.add(from * 4096L);
          expected.add(step * 4096L);
        }
        from = step + 1;
      }
    }
    assertThat(runs(data)).isEqualTo(expected);
  }
}
