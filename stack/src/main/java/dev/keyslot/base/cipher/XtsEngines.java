package dev.keyslot.base.cipher;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * The engines of this machine, each loaded and self-tested when first asked for.
 *
 * <p>Safe from any thread.
 */
public final class XtsEngines {

  /** The names that {@link #byName} takes. */
  public static final String NAMES = "auto|vaes|libcrypto|jdk";

  /** The smallest data unit whose work hides what two calls into libcrypto cost. */
  private static final int LIBCRYPTO_UNIT_BYTES = 2048;

  private static final TestedEngine JDK = new TestedEngine(JdkXts::new);
  private static final TestedEngine VAES = new TestedEngine(VaesXts::new);
  private static final TestedEngine LIBCRYPTO = new TestedEngine(LibcryptoXts::new);

  private XtsEngines() {}

  /**
   * Machine code of our own for x86-64 processors with vector AES; keeps no copy of a key on the
   * heap.
   *
   * @throws IllegalStateException if the processor is another, or the self-test fails
   */
  public static Xts vaes() {
    return VAES.get();
  }

  /** Why {@link #vaes} cannot be had on this machine, or null if it can. */
  public static String vaesMissing() {
    return VaesXts.missing();
  }

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
   * The fastest engine for data units of {@code unitBytes}, by measurement: where it can be had,
   * our machine code moves three times what the others do. Elsewhere the JDK's batches move half as
   * much again as libcrypto at 512 bytes, with its two calls a unit, and a tenth more at 1024; from
   * 2048 on they are level, and libcrypto needs no warm-up and keeps keys off the heap.
   */
  public static Xts fastest(int unitBytes) {
    if (vaesMissing() == null) {
      return vaes();
    }
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
      case "vaes" -> vaes();
      case "libcrypto" -> libcrypto();
      case "jdk" -> jdk();
      default ->
          throw new IllegalArgumentException("engine must be one of " + NAMES + ": engine=" + name);
    };
  }

  /** Every engine that this machine can run, the fastest first. */
  public static List<Xts> all() {
    List<Xts> engines = new ArrayList<>();
    if (vaesMissing() == null) {
      engines.add(vaes());
    }
    if (libcryptoMissing() == null) {
      engines.add(libcrypto());
    }
    engines.add(jdk());
    return engines;
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
