package dev.keyslot.model.ice;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.link.bus.DmaSpace;
import dev.keyslot.model.engine.EngineConfig;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Secure calls as numbers; what they write into a keyslot is typed by hand. */
class IceFirmwareTest {

  private static final int SET_KEY = 0x4200_1004;
  private static final int INVALIDATE = 0x4200_1003;

  private final DmaSpace memory = new DmaSpace();
  private final MemorySegment buffer = Arena.ofAuto().allocate(4096, 4096);
  private final long bus = memory.map(buffer);
  private final List<String> writes = new ArrayList<>();
  private final IceFirmware firmware =
      new IceFirmware(
          EngineConfig.served(),
          memory,
          (slot, dword, value) -> writes.add("%d %d %08x".formatted(slot, dword, value)));

  private void placeKey() {
    MemorySegment.copy(Patterns.ascending(0, 64), 0, buffer, ValueLayout.JAVA_BYTE, 0, 64);
  }

  /** Bytes 00 01 02 03 in memory are the word 00010203: dword 0 of the key is 03 02 01 00. */
  @Test
  void setsAKeyWithEachWordSwappedOffFirstAndOnLast() {
    placeKey();
    assertThat(firmware.call(SET_KEY, 5, bus, 64, 3, 8)).isZero();
    assertThat(writes).hasSize(19);
    assertThat(writes.getFirst()).isEqualTo("5 16 00000000");
    assertThat(writes.subList(1, 4))
        .containsExactly("5 0 00010203", "5 1 04050607", "5 2 08090a0b");
    assertThat(writes.subList(16, 19))
        .containsExactly("5 15 3c3d3e3f", "5 17 00000000", "5 16 80000008");
  }

  /** Bit 8 of the cipher is ours: the zero rule, bit 16 of dword 17. */
  @Test
  void passesTheZeroRuleOn() {
    placeKey();
    assertThat(firmware.call(SET_KEY, 0, bus, 64, 0x103, 1)).isZero();
    assertThat(writes.subList(17, 19)).containsExactly("0 17 00010000", "0 16 80000001");
  }

  @Test
  void invalidatesByWritingZeros() {
    assertThat(firmware.call(INVALIDATE, 31)).isZero();
    assertThat(writes).hasSize(19).allMatch(write -> write.endsWith(" 00000000"));
  }

  @ParameterizedTest
  @CsvSource({
    "no such slot, 32 0 64 3 8, -2",
    "a slot below zero, -1 0 64 3 8, -2",
    "half a key, 0 0 32 3 8, -2",
    "memory that is not mapped, 0 4294967296 64 3 8, -3",
    "a cipher it lacks, 0 0 64 4 8, -4",
    "a data unit it lacks, 0 0 64 3 3, -4",
    "a data unit of nothing, 0 0 64 3 0, -4"
  })
  void refusesAndWritesNothing(String what, String numbers, int result) {
    placeKey();
    long[] arguments = Arrays.stream(numbers.split(" ")).mapToLong(Long::parseLong).toArray();
    arguments[1] += bus;
    assertThat(firmware.call(SET_KEY, arguments)).as(what).isEqualTo(result);
    assertThat(writes).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0x42001002, -4", "0x42001005, -4", "0x43001004, -4", "0x42001004, -2"})
  void refusesCallsItDoesNotHaveAndArgumentsThatAreMissing(String function, int result) {
    assertThat(firmware.call(Integer.decode(function), 0)).isEqualTo(result);
    assertThat(writes).isEmpty();
  }
}
