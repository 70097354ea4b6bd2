package dev.keyslot.base.cipher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.XtsOracle;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The engines against the textbook, at chance sizes and places. */
class XtsEnginesTest {

  @Test
  void jdkGivesTheOraclesBytes() {
    SplittableRandom random = Seeds.random(getClass());
    byte[] key = Patterns.ascending(0, 64);
    XtsOracle oracle = new XtsOracle(key);
    try (XtsKey xts = XtsEngines.libcrypto().newKey(MemorySegment.ofArray(key))) {
      for (int unitBytes : new int[] {512, 1024, 4096, 32768}) {
        byte[] text = Seeds.bytes(random, unitBytes * 40);
        byte[] out = new byte[text.length];
        xts.encrypt(77, 0, unitBytes, MemorySegment.ofArray(text), MemorySegment.ofArray(out));
        assertThat(out).isEqualTo(oracle.encrypt(77, unitBytes, text));
        MemorySegment both = MemorySegment.ofArray(out);
        xts.decrypt(77, 0, unitBytes, both, both, true);
        assertThat(out).isEqualTo(text);
      }
    }
  }
}
