package dev.keyslot.model.card;

import dev.keyslot.base.BitField;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * The password of CMD42 and whether the card is locked by it.
 *
 * <p>Guarded by the card's lock. The password survives resets, not the process, and is told to
 * nobody. Layout of CMD42's block: byte 0 the mode, byte 1 the length of what follows; to replace a
 * password the old one stands before the new one.
 */
final class CardLock {

  private static final BitField SET_PASSWORD = BitField.bit(0);
  private static final BitField CLEAR_PASSWORD = BitField.bit(1);
  private static final BitField LOCK = BitField.bit(2);
  private static final BitField FORCE_ERASE = BitField.bit(3);
  private static final BitField MODES = BitField.of(0, 4);

  private static final int PASSWORD_BYTES_MAX = 16;
  private static final int HEADER_BYTES = 2;

  /** What a block asked for has come to. */
  enum Result {
    DONE,
    FAILED,
    /** The password is gone: so must be all data. */
    ERASE
  }

  private byte[] password = new byte[0];
  private boolean locked;

  boolean locked() {
    return locked;
  }

  /** After a power cycle or RST_n. */
  void powerCycled() {
    locked = password.length > 0;
  }

  /** Does what CMD42's block asks for. */
  Result take(byte[] block) {
    int mode = Byte.toUnsignedInt(block[0]);
    int length = Byte.toUnsignedInt(block[1]);
    if (MODES.insert32(mode, 0) != 0 || length > 2 * PASSWORD_BYTES_MAX) {
      return Result.FAILED;
    }
    byte[] given = Arrays.copyOfRange(block, HEADER_BYTES, HEADER_BYTES + length);
    try {
      if (FORCE_ERASE.isSet(mode)) {
        return forget(mode);
      }
      if (SET_PASSWORD.isSet(mode)) {
        return CLEAR_PASSWORD.isSet(mode) ? Result.FAILED : replace(given, LOCK.isSet(mode));
      }
      if (password.length == 0 || !MessageDigest.isEqual(password, given)) {
        return Result.FAILED;
      }
      return CLEAR_PASSWORD.isSet(mode) ? clear(LOCK.isSet(mode)) : turn(LOCK.isSet(mode));
    } finally {
      Arrays.fill(given, (byte) 0);
      Arrays.fill(block, (byte) 0);
    }
  }

  private Result forget(int mode) {
    if (mode != FORCE_ERASE.mask32() || !locked) {
      return Result.FAILED;
    }
    return Result.ERASE;
  }

  /** Old password, then new. */
  private Result replace(byte[] given, boolean lockToo) {
    int newBytes = given.length - password.length;
    if (locked || newBytes < 1 || newBytes > PASSWORD_BYTES_MAX) {
      return Result.FAILED;
    }
    byte[] old = Arrays.copyOf(given, password.length);
    boolean known = MessageDigest.isEqual(old, password);
    Arrays.fill(old, (byte) 0);
    if (!known) {
      return Result.FAILED;
    }
    int oldBytes = password.length;
    wipe();
    password = Arrays.copyOfRange(given, oldBytes, given.length);
    locked = lockToo;
    return Result.DONE;
  }

  private Result clear(boolean lockToo) {
    if (lockToo) {
      return Result.FAILED;
    }
    wipe();
    return Result.DONE;
  }

  private Result turn(boolean toLocked) {
    if (locked == toLocked) {
      return Result.FAILED;
    }
    locked = toLocked;
    return Result.DONE;
  }

  /** No password any more, and not locked. */
  void wipe() {
    Arrays.fill(password, (byte) 0);
    password = new byte[0];
    locked = false;
  }
}
