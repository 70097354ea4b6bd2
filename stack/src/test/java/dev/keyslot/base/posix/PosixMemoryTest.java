package dev.keyslot.base.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class PosixMemoryTest {

  private static final int BYTES = 1 << 20;

  @Test
  void untouchedMemoryReadsAsZerosAndCanBeWritten() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pages = PosixMemory.untouched(BYTES, arena);
      assertThat(pages.byteSize()).isEqualTo(BYTES);
      assertThat(pages.address() % 4096).isZero();
      assertThat(pages.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isZero();
      pages.set(ValueLayout.JAVA_BYTE, BYTES - 1, (byte) 0x5a);
      assertThat(pages.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isEqualTo((byte) 0x5a);
    }
  }

  @Test
  void memoryCanBeLeftOutOfCoreDumpsAndKeepsItsContent() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pages = arena.allocate(BYTES, 4096);
      pages.fill((byte) 0x5a);
      assertThat(PosixMemory.keepOutOfCoreDumps(pages)).isTrue();
      assertThat(pages.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isEqualTo((byte) 0x5a);
    }
  }

  @Test
  void adviceOnMemoryThatIsNotAPageIsRefusedNotThrown() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment within = arena.allocate(8192, 4096).asSlice(1, 100);
      assertThat(PosixMemory.keepOutOfCoreDumps(within)).isFalse();
    }
  }
}
