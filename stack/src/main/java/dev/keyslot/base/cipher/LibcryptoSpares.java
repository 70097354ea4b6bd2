package dev.keyslot.base.cipher;

import dev.keyslot.base.BriefLock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Contexts of one libcrypto algorithm that wait for their next key.
 *
 * <p>A keyslot may change its key for every request. Giving a context another key takes no memory,
 * so that threads do not meet in the allocator. A context that waits here holds a key that is no
 * secret: the expanded secret one was overwritten by it. Safe from any thread.
 */
final class LibcryptoSpares {

  /** Far more than keys in use at once on one machine leave behind. */
  static final int COUNT_MAX = 64;

  /** libcrypto refuses a key of equal halves. */
  private static final long NO_SECRET = noSecret().address();

  private final long cipher;
  private final BriefLock lock = new BriefLock();

  /** Guarded by the lock. */
  private final long[] contexts;

  private int count;

  /**
   * @param cipher the algorithm, as {@link LibcryptoCalls#fetch} found it
   * @param countMax contexts that are kept; more are freed
   */
  LibcryptoSpares(long cipher, int countMax) {
    this.cipher = cipher;
    contexts = new long[countMax];
  }

  private static MemorySegment noSecret() {
    MemorySegment key = Arena.global().allocate(SecretCells.KEY_BYTES);
    key.fill((byte) 1);
    key.asSlice(0, 1).fill((byte) 2);
    key.asSlice(SecretCells.KEY_BYTES / 4, 1).fill((byte) 3); // halves of 16 bytes differ too
    return key;
  }

  /** A context with this key expanded; the key's memory is not used any more afterwards. */
  long take(long keyAddress, boolean encrypt) {
    long context = takeSpare();
    if (context == 0) {
      return LibcryptoCalls.newContext(cipher, keyAddress, encrypt);
    }
    try {
      LibcryptoCalls.changeKey(context, keyAddress, encrypt);
    } catch (IllegalStateException e) {
      give(context);
      throw e;
    }
    return context;
  }

  /** Overwrites the key of a context and keeps it, or frees it. */
  void give(long context) {
    LibcryptoCalls.changeKey(context, NO_SECRET, true);
    if (!keep(context)) {
      LibcryptoCalls.free(context);
    }
  }

  /** A context as it was left, or 0. */
  long takeSpare() {
    lock.lock();
    try {
      return count == 0 ? 0 : contexts[--count];
    } finally {
      lock.unlock();
    }
  }

  private boolean keep(long context) {
    lock.lock();
    try {
      if (count == contexts.length) {
        return false;
      }
      contexts[count++] = context;
      return true;
    } finally {
      lock.unlock();
    }
  }
}
