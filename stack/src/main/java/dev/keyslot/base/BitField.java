package dev.keyslot.base;

/**
 * A run of bits inside a 64-bit word: the only place in the project where masks and shifts are
 * written.
 *
 * <p>For 32-bit registers use the {@code int} overloads; the field must then lie below bit 32.
 * Immutable.
 */
public record BitField(int shift, int width) {

  /** A field of {@code width} bits (1 to 64) whose lowest bit is bit {@code shift}. */
  public static BitField of(int shift, int width) {
    if (shift < 0 || width < 1 || shift + width > 64) {
      throw new IllegalArgumentException(
          "bit field must lie in bits 63:0: shift=%d width=%d".formatted(shift, width));
    }
    return new BitField(shift, width);
  }

  /** A single bit. */
  public static BitField bit(int shift) {
    return of(shift, 1);
  }

  /** The field's bits, in place. */
  public long mask() {
    return valueMask() << shift;
  }

  /** The field's bits in place, for a 32-bit word. */
  public int mask32() {
    return (int) mask();
  }

  /**
   * {@code word} with the field replaced by {@code value}.
   *
   * @throws IllegalArgumentException if the value is wider than the field
   */
  public long insert(long word, long value) {
    if ((value & ~valueMask()) != 0) {
      throw new IllegalArgumentException(
          "value wider than bit field " + this + ": value=0x" + Long.toHexString(value));
    }
    return (word & ~mask()) | (value << shift);
  }

  /** {@link #insert(long, long)} for a 32-bit word. */
  public int insert32(int word, int value) {
    return (int) insert(Integer.toUnsignedLong(word), Integer.toUnsignedLong(value));
  }

  /** The field's value, unsigned, shifted down to bit 0. */
  public long extract(long word) {
    return (word >>> shift) & valueMask();
  }

  /** {@link #extract(long)} of a field of at most 32 bits. */
  public int extractInt(long word) {
    return (int) extract(word);
  }

  /** Whether any bit of the field is set. */
  public boolean isSet(long word) {
    return (word & mask()) != 0;
  }

  /** {@code word} with every bit of the field set. */
  public int set32(int word) {
    return word | mask32();
  }

  /** {@code word} with every bit of the field cleared. */
  public int clear32(int word) {
    return word & ~mask32();
  }

  private long valueMask() {
    return width == 64 ? -1L : (1L << width) - 1;
  }

  /** As a datasheet writes it, such as {@code [31:16]}. */
  @Override
  public String toString() {
    return width == 1 ? "[" + shift + "]" : "[" + (shift + width - 1) + ":" + shift + "]";
  }
}
