package dev.keyslot.app.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keyslot.testkit.CoreDumps;
import dev.keyslot.testkit.Patterns;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** A volume's key on its way from the file to the block layer. */
class VolumeKeyTest {

  private static MemorySegment lent(VolumeKey key) {
    MemorySegment[] kept = new MemorySegment[1];
    key.withBytes(bytes -> kept[0] = bytes);
    return kept[0];
  }

  @Test
  void theBytesAreLentReadOnlyAndStayOutOfCoreDumps() throws Exception {
    try (VolumeKey key = new VolumeKey(MemorySegment.ofArray(Patterns.ascending(0, 64)))) {
      assertThat(lent(key).isReadOnly()).isTrue();
      assertThat(lent(key).toArray(ValueLayout.JAVA_BYTE)).isEqualTo(Patterns.ascending(0, 64));
      assertThat(CoreDumps.leaveOut(lent(key))).isTrue();
    }
  }

  @Test
  void afterCloseTheBytesCannotBeReadAnyMoreAndItsNameNeverShowsThem() {
    VolumeKey key = new VolumeKey(MemorySegment.ofArray(Patterns.ascending(0, 64)));
    MemorySegment kept = lent(key);
    key.close();
    key.close();
    assertThat(kept.scope().isAlive()).isFalse();
    assertThat(key).hasToString("VolumeKey[64 bytes]");
  }

  @Test
  void aKeyOfAnotherSizeIsRefusedByItsSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new VolumeKey(MemorySegment.ofArray(new byte[32])))
        .withMessage("key must have 64 bytes: bytes=32");
  }
}
