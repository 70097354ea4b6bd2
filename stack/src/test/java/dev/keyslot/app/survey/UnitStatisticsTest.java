package dev.keyslot.app.survey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data units are told apart by their bytes alone. */
class UnitStatisticsTest {

  /** A false alarm has a chance below 10^-9 a unit; 20,000 units see one in 50,000 runs. */
  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void chanceLooksRandom(int unitBytes) {
    SplittableRandom random = Seeds.random(UnitStatisticsTest.class);
    for (int i = 0; i < 20_000; i++) {
      assertThat(kind(Seeds.bytes(random, unitBytes))).isEqualTo(UnitKind.RANDOM);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void textIsStructured(int unitBytes) {
    String text = "It was the best of times, it was the worst of times. ".repeat(100);
    byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), unitBytes);
    assertThat(kind(bytes)).isEqualTo(UnitKind.STRUCTURED);
  }

  /** Evenly distributed, but the same block comes twice, as in ECB. */
  @Test
  void aRepeatedBlockIsStructured() {
    byte[] bytes = Seeds.bytes(Seeds.random(UnitStatisticsTest.class), 4096);
    System.arraycopy(bytes, 160, bytes, 3200, 16);
    assertThat(kind(bytes)).isEqualTo(UnitKind.STRUCTURED);
  }

  @Test
  void zerosAreZeroAndZeroSectorsAmongOthersAreTorn() {
    assertThat(kind(new byte[4096])).isEqualTo(UnitKind.ZERO);
    byte[] bytes = Seeds.bytes(Seeds.random(UnitStatisticsTest.class), 4096);
    Arrays.fill(bytes, 3584, 4096, (byte) 0);
    assertThat(kind(bytes)).isEqualTo(UnitKind.TORN);
    Arrays.fill(bytes, (byte) 0);
    bytes[4095] = 1;
    assertThat(kind(bytes)).isEqualTo(UnitKind.TORN);
  }

  /** Every byte value equally often is too even for chance, but nothing says plaintext. */
  @Test
  void countingBytesAreNotMistakenForText() {
    assertThat(kind(Patterns.sevens(4096))).isEqualTo(UnitKind.RANDOM);
  }

  private static UnitKind kind(byte[] unit) {
    return new UnitStatistics(unit.length).classify(MemorySegment.ofArray(unit));
  }
}
