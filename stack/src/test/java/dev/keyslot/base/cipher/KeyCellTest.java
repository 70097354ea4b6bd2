package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keyslot.base.posix.PosixMemory;
import dev.keyslot.testkit.CoreDumps;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the cipher engines keep the bytes of their keys. */
class KeyCellTest {

  @Test
  void theBytesStayOutOfCoreDumpsAndAreWipedOnClose() throws Exception {
    KeyCell key = KeyCell.copyOf(MemorySegment.ofArray(Patterns.ascending(0, 64)));
    MemorySegment bytes = key.bytes();
    assertThat(bytes.toArray(JAVA_BYTE)).isEqualTo(Patterns.ascending(0, 64));
    assertThat(bytes.isReadOnly()).isTrue();
    assertThat(CoreDumps.leaveOut(bytes)).isTrue();
    key.close();
    assertThat(bytes.toArray(JAVA_BYTE)).containsOnly(0);
  }

  @Test
  void theCheckOfCoreDumpsFailsForMemoryThatNobodyMarked() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      // Fresh pages: what malloc gives may have been somebody's marked page before.
      assertThat(CoreDumps.leaveOut(PosixMemory.untouched(4096, arena))).isFalse();
    }
  }

  @Test
  void cellsOfSeveralPagesAreApartAndFreshOnesAreZero() throws Exception {
    List<MemorySegment> cells = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      MemorySegment cell = SecretCells.KEYS.take();
      assertThat(cell.byteSize()).isEqualTo(64);
      assertThat(cell.toArray(JAVA_BYTE)).containsOnly(0);
      assertThat(CoreDumps.leaveOut(cell)).isTrue();
      cell.fill((byte) i);
      cells.add(cell);
    }
    for (int i = 0; i < 130; i++) {
      assertThat(cells.get(i).toArray(JAVA_BYTE)).containsOnly(i);
      SecretCells.KEYS.give(cells.get(i));
    }
  }

  @Test
  void equalHalvesAreSeenAndTheirCellIsGivenBackWiped() {
    MemorySegment equal = MemorySegment.ofArray(new byte[32]);
    MemorySegment lastByteDiffers = MemorySegment.ofArray(new byte[32]);
    lastByteDiffers.set(JAVA_BYTE, 31, (byte) 1);
    assertThatIllegalArgumentException().isThrownBy(() -> KeyCell.copyOfUnequalHalves(equal));
    try (KeyCell key = KeyCell.copyOfUnequalHalves(lastByteDiffers);
        KeyCell hardware = KeyCell.copyOf(equal)) {
      assertThat(key.hasEqualHalves()).isFalse();
      assertThat(hardware.hasEqualHalves()).isTrue();
    }
  }
}
