package dev.keyslot.base.cipher;

import dev.keyslot.base.posix.NativeCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * OpenSSL 3's libcrypto, as far as XTS needs it; loaded with this class.
 *
 * <p>Nothing here may be called where {@link #isPresent} is false. The two calls made per data unit
 * leave the thread in Java state: they take microseconds and never block.
 */
final class LibcryptoCalls {

  /** The library of all OpenSSL 3 releases. */
  static final String LIBRARY_NAME = "libcrypto.so.3";

  /** {@code EVP_CipherInit_ex}: keep the direction that the context has. */
  private static final long SAME_DIRECTION = -1;

  private static final int VERSION_STRING = 6;
  private static final int VERSION_CHARACTERS_MAX = 64;

  private static final Optional<SymbolLookup> LIBRARY = open(LIBRARY_NAME);

  private static final MethodHandle FETCH = bind("EVP_CIPHER_fetch");
  private static final MethodHandle NEW = bind("EVP_CIPHER_CTX_new");
  private static final MethodHandle FREE = bind("EVP_CIPHER_CTX_free");
  private static final MethodHandle INIT = bindCritical("EVP_CipherInit_ex");
  private static final MethodHandle UPDATE = bindCritical("EVP_CipherUpdate");

  private LibcryptoCalls() {}

  /** The library, if the dynamic linker finds it. */
  static Optional<SymbolLookup> open(String name) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  private static MethodHandle bind(String name) {
    return LIBRARY.map(l -> NativeCalls.bind(l.findOrThrow(name))).orElse(null);
  }

  private static MethodHandle bindCritical(String name) {
    return LIBRARY.map(l -> NativeCalls.bindCritical(l.findOrThrow(name))).orElse(null);
  }

  static boolean isPresent() {
    return LIBRARY.isPresent();
  }

  /** Such as {@code 3.0.19}. */
  static String version() {
    MethodHandle function = bind("OpenSSL_version");
    long text = NativeCalls.call(function, VERSION_STRING, 0, 0, 0, 0);
    return MemorySegment.ofAddress(text).reinterpret(VERSION_CHARACTERS_MAX).getString(0);
  }

  /** The address of an algorithm that lives as long as the process, or 0 if there is none. */
  static long fetch(String algorithm) {
    try (Arena arena = Arena.ofConfined()) {
      return NativeCalls.call(FETCH, 0, arena.allocateFrom(algorithm).address(), 0, 0, 0);
    }
  }

  /** A context with its key expanded; {@code keyAddress} is not used any more afterwards. */
  static long newContext(long cipher, long keyAddress, boolean encrypt) {
    long context = NativeCalls.call(NEW, 0, 0, 0, 0, 0);
    if (context == 0) {
      throw new IllegalStateException("libcrypto must have memory for a cipher context");
    }
    if (init(context, cipher, keyAddress, 0, encrypt ? 1 : 0) != 1) {
      free(context);
      throw new IllegalStateException("libcrypto must accept the key: encrypt=" + encrypt);
    }
    return context;
  }

  /** Expands another key over the one that a context has. */
  static void changeKey(long context, long keyAddress, boolean encrypt) {
    if (init(context, 0, keyAddress, 0, encrypt ? 1 : 0) != 1) {
      throw new IllegalStateException("libcrypto must accept the key: encrypt=" + encrypt);
    }
  }

  /** Wipes and frees a context. */
  static void free(long context) {
    NativeCalls.call(FREE, context, 0, 0, 0, 0);
  }

  /** Gives the next data unit's tweak, 16 bytes at {@code iv}, to a context. */
  static void startUnit(long context, long iv) {
    if (init(context, 0, 0, iv, SAME_DIRECTION) != 1) {
      throw new IllegalStateException("libcrypto must accept a tweak");
    }
  }

  /** Turns the unit over; {@code lengthOut} is the address of an int that nobody reads. */
  static void turnOver(long context, long from, long to, int bytes, long lengthOut) {
    int result;
    try {
      result = (int) (long) UPDATE.invokeExact(context, to, lengthOut, from, (long) bytes, 0L);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
    if (result != 1) {
      throw new IllegalStateException("libcrypto must turn over a data unit: bytes=" + bytes);
    }
  }

  private static int init(long context, long cipher, long key, long iv, long direction) {
    try {
      return (int) (long) INIT.invokeExact(context, cipher, 0L, key, iv, direction);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
  }
}
