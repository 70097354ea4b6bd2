package dev.keyslot.base.cipher;

/**
 * The engines of this machine, each made and self-tested at its first use.
 *
 * <p>Safe from any thread.
 */
public final class XtsEngines {

  private XtsEngines() {}

  /** Made when the first caller asks. */
  private static final class Jdk {
    static final Xts ENGINE = XtsSelfTest.passed(new JdkXts());
  }

  /** OpenSSL's libcrypto. */
  @SuppressWarnings("DoNotCallSuggester") // the engine lands next
  public static Xts libcrypto() {
    throw new IllegalStateException("engine libcrypto is not built in yet");
  }

  /** The JDK's own AES; keeps copies of keys on the heap that cannot be wiped for certain. */
  public static Xts jdk() {
    return Jdk.ENGINE;
  }

  /** The faster engine for data units of {@code unitBytes}. */
  public static Xts fastest(int unitBytes) {
    return jdk();
  }

  /**
   * The engine called {@code auto}, {@code libcrypto} or {@code jdk}; {@code auto} is the fastest
   * for 4096-byte units.
   *
   * @throws IllegalArgumentException if there is no such name
   */
  public static Xts byName(String name) {
    return switch (name) {
      case "auto" -> fastest(4096);
      case "libcrypto" -> libcrypto();
      case "jdk" -> jdk();
      default ->
          throw new IllegalArgumentException(
              "engine must be auto, libcrypto or jdk: engine=" + name);
    };
  }
}
