package dev.keyslot.base.cipher;

import java.util.function.Supplier;

/**
 * The engines of this machine, each loaded and self-tested when first asked for.
 *
 * <p>Safe from any thread.
 */
public final class XtsEngines {

  /** The names that {@link #byName} takes. */
  public static final String NAMES = "auto|libcrypto|jdk";

  /** The smallest data unit whose work hides what two calls into libcrypto cost. */
  private static final int LIBCRYPTO_UNIT_BYTES = 2048;

  private static final TestedEngine JDK = new TestedEngine(JdkXts::new);
  private static final TestedEngine LIBCRYPTO = new TestedEngine(LibcryptoXts::new);

  private XtsEngines() {}

  /**
   * OpenSSL's libcrypto; keeps no copy of a key on the heap.
   *
   * @throws IllegalStateException if the library is missing, or its self-test fails
   */
  public static Xts libcrypto() {
    return LIBCRYPTO.get();
  }

  /** Why {@link #libcrypto} cannot be had on this machine, or null if it can. */
  public static String libcryptoMissing() {
    return LibcryptoXts.missing();
  }

  /**
   * The JDK's own AES; keeps copies of keys on the heap that cannot be wiped for certain.
   *
   * @throws IllegalStateException if its self-test fails
   */
  public static Xts jdk() {
    return JDK.get();
  }

  /**
   * The faster engine for data units of {@code unitBytes}, by a rule measured on a processor with
   * vector AES: at 512 bytes the JDK's batches move half as much again as libcrypto with its two
   * calls a unit, at 1024 a tenth more; from 2048 on they are level, and libcrypto needs no warm-up
   * and keeps keys off the heap.
   */
  public static Xts fastest(int unitBytes) {
    return unitBytes < LIBCRYPTO_UNIT_BYTES || libcryptoMissing() != null ? jdk() : libcrypto();
  }

  /**
   * The engine that an operator names for data units of {@code unitBytes}.
   *
   * @param name one of {@link #NAMES}
   * @throws IllegalArgumentException if there is no such name
   * @throws IllegalStateException if the engine cannot be had
   */
  public static Xts byName(String name, int unitBytes) {
    return switch (name) {
      case "auto" -> fastest(unitBytes);
      case "libcrypto" -> libcrypto();
      case "jdk" -> jdk();
      default ->
          throw new IllegalArgumentException("engine must be one of " + NAMES + ": engine=" + name);
    };
  }

  /** {@link #byName(String, int)} for data units of 4096 bytes. */
  public static Xts byName(String name) {
    return byName(name, 4096);
  }

  /** An engine that nobody gets before its self-test. */
  private static final class TestedEngine {

    private final Supplier<Xts> maker;
    private Xts tested;

    TestedEngine(Supplier<Xts> maker) {
      this.maker = maker;
    }

    synchronized Xts get() {
      if (tested == null) {
        tested = XtsSelfTest.passed(maker.get());
      }
      return tested;
    }
  }
}
