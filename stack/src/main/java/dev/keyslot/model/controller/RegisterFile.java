package dev.keyslot.model.controller;

import dev.keyslot.base.BitField;
import dev.keyslot.link.bus.Register;
import java.util.Arrays;

/**
 * The storage behind a block of registers, built by walking its datasheet.
 *
 * <p>Hardware uses {@link #get} and {@link #put}; software's accesses obey the access kinds.
 * Guarded by the controller's lock.
 */
final class RegisterFile {

  /** The fields that registers fill in a word: by width in bytes, then by their first byte. */
  private static final BitField[][] PARTS = {{}, parts(1), parts(2), parts(3), parts(4)};

  private final int[] words;
  private final int[] readable;
  private final int[] writable;
  private final int[] clearing;
  private final int[] setting;
  private final Register[] map;

  /** A file of {@code bytes} bytes; registers beyond it are left out. */
  RegisterFile(Register[] map, int bytes) {
    this.map = map;
    int count = bytes / Integer.BYTES;
    words = new int[count];
    readable = new int[count];
    writable = new int[count];
    clearing = new int[count];
    setting = new int[count];
    for (Register register : map) {
      if (register.offset() < bytes) {
        int word = register.offset() / Integer.BYTES;
        int bits = field(register).mask32();
        switch (register.access()) {
          case READ_ONLY -> readable[word] |= bits;
          case READ_WRITE -> {
            readable[word] |= bits;
            writable[word] |= bits;
          }
          case WRITE_ONLY -> writable[word] |= bits;
          case WRITE_ONE_TO_CLEAR -> {
            readable[word] |= bits;
            clearing[word] |= bits;
          }
          case WRITE_ONE_TO_SET -> {
            readable[word] |= bits;
            setting[word] |= bits;
          }
        }
      }
    }
    reset();
  }

  private static BitField field(Register register) {
    return PARTS[register.widthBytes()][register.offset() % Integer.BYTES];
  }

  private static BitField[] parts(int widthBytes) {
    BitField[] parts = new BitField[Integer.BYTES - widthBytes + 1];
    Arrays.setAll(parts, at -> BitField.of(at * Byte.SIZE, widthBytes * Byte.SIZE));
    return parts;
  }

  /** Most are: no field has to be cut out of the word, which tasks do all the time. */
  private static boolean isWord(Register register) {
    return register.widthBytes() == Integer.BYTES;
  }

  int bytes() {
    return words.length * Integer.BYTES;
  }

  /** Every register to its reset value. */
  void reset() {
    for (Register register : map) {
      if (register.offset() < bytes()) {
        put(register, register.resetValue());
      }
    }
  }

  int get(Register register) {
    int word = words[register.offset() / Integer.BYTES];
    return isWord(register) ? word : field(register).extractInt(word);
  }

  void put(Register register, int value) {
    int word = register.offset() / Integer.BYTES;
    if (isWord(register)) {
      words[word] = value;
      return;
    }
    BitField field = field(register);
    words[word] = field.insert32(words[word], value & PARTS[register.widthBytes()][0].mask32());
  }

  /** The whole word at a multiple of 4, as hardware sees it. */
  int word(int offset) {
    return words[offset / Integer.BYTES];
  }

  void putWord(int offset, int value) {
    words[offset / Integer.BYTES] = value;
  }

  /** Makes a word that no register names readable, as the entries of an array. */
  void putReadOnlyWord(int offset, int value) {
    words[offset / Integer.BYTES] = value;
    readable[offset / Integer.BYTES] = -1;
  }

  /** Software reads the word at a multiple of 4. */
  int read(int offset) {
    return words[offset / Integer.BYTES] & readable[offset / Integer.BYTES];
  }

  /** Software writes those bits of the word that {@code lanes} has set. */
  void write(int offset, int value, int lanes) {
    int word = offset / Integer.BYTES;
    int plain = writable[word] & lanes;
    int next = (words[word] & ~plain) | (value & plain);
    next &= ~(value & clearing[word] & lanes);
    next |= value & setting[word] & lanes;
    words[word] = next;
  }
}
