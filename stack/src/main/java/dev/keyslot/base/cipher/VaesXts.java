package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/** XTS by machine code of our own for processors with vector AES; no copy of a key on the heap. */
final class VaesXts implements Xts {

  /**
   * @throws IllegalStateException saying what this machine lacks
   */
  VaesXts() {
    Checks.that(missing() == null, "%s", missing());
  }

  /** Why there can be no such engine, or null. */
  static String missing() {
    return VaesCode.missing();
  }

  @Override
  public String name() {
    return "vaes";
  }

  @Override
  public String description() {
    return name() + " (AVX-512)";
  }

  @Override
  public XtsKey newKey(MemorySegment keyBytes) {
    return expanded(KeyCell.copyOfUnequalHalves(keyBytes));
  }

  @Override
  public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
    return expanded(KeyCell.copyOf(keyBytes));
  }

  private static XtsKey expanded(KeyCell key) {
    try (key) {
      return new VaesXtsKey(key.bytes());
    }
  }
}
