package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/** SM4, where the optional library that has it is there. Safe from any thread. */
public final class Sm4 {

  private static final String ENGINE = "org.bouncycastle.crypto.engines.SM4Engine";

  private Sm4() {}

  /** Why no key can be had here, in one line; null if it can. */
  public static String missing() {
    try {
      Class.forName(ENGINE, false, Sm4.class.getClassLoader());
      return null;
    } catch (ClassNotFoundException absent) {
      return "SM4-XTS needs BouncyCastle's bcprov-jdk18on beside this program: not found: "
          + absent.getMessage();
    }
  }

  /**
   * A key of SM4-XTS: 32 bytes, data key then tweak key; copied.
   *
   * @throws IllegalArgumentException if the length is another or the halves are equal
   * @throws IllegalStateException if the library is {@link #missing}
   */
  public static UnitKey newXtsKey(MemorySegment keyBytes) {
    String missing = missing();
    if (missing != null) {
      throw new IllegalStateException(missing);
    }
    return new Sm4XtsKey(keyBytes);
  }
}
