package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;

/**
 * XTS by OpenSSL 3's libcrypto: no copy of a key on the heap.
 *
 * <p>libcrypto refuses equal halves, so a hardware key of that kind goes to the JDK's AES.
 */
final class LibcryptoXts implements Xts {

  private final LibcryptoSpares aes128;
  private final LibcryptoSpares aes256;

  /**
   * Looks the algorithms up.
   *
   * @throws IllegalStateException saying what is missing
   */
  LibcryptoXts() {
    Checks.that(missing() == null, "%s", missing());
    aes128 = algorithm("AES-128-XTS");
    aes256 = algorithm("AES-256-XTS");
  }

  /** Why there can be no such engine, or null. */
  static String missing() {
    return LibcryptoCalls.isPresent()
        ? null
        : "engine libcrypto needs OpenSSL 3, library not found: " + LibcryptoCalls.LIBRARY_NAME;
  }

  private static LibcryptoSpares algorithm(String name) {
    long cipher = LibcryptoCalls.fetch(name);
    Checks.that(cipher != 0, "engine libcrypto needs an algorithm: name=%s", name);
    return new LibcryptoSpares(cipher, LibcryptoSpares.COUNT_MAX);
  }

  @Override
  public String name() {
    return "libcrypto";
  }

  @Override
  public String description() {
    return name() + " (OpenSSL " + LibcryptoCalls.version() + ")";
  }

  @Override
  public XtsKey newKey(MemorySegment keyBytes) {
    return key(KeyCell.copyOfUnequalHalves(keyBytes));
  }

  @Override
  public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
    KeyCell key = KeyCell.copyOf(keyBytes);
    return key.hasEqualHalves() ? new JdkXtsKey(key) : key(key);
  }

  private XtsKey key(KeyCell key) {
    boolean is256 = key.bytes().byteSize() == SecretCells.KEY_BYTES;
    return new LibcryptoXtsKey(is256 ? aes256 : aes128, key);
  }
}
