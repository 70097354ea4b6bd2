package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/**
 * An engine that makes AES-XTS keys (IEEE 1619, tweak = data unit number as 128-bit little-endian).
 *
 * <p>All engines give identical bytes. Safe from any thread.
 */
public interface Xts {

  /** Short name for logs and the command line: {@code vaes}, {@code libcrypto} or {@code jdk}. */
  String name();

  /** The name and what is behind it, for people: {@code libcrypto (OpenSSL 3.0.19)}. */
  default String description() {
    return name();
  }

  /**
   * A key for data; equal halves are refused, as they void the mode's security proof.
   *
   * @param keyBytes data key, then tweak key: 32 bytes (AES-128-XTS) or 64 (AES-256-XTS); copied,
   *     the caller wipes his
   * @throws IllegalArgumentException if the length is another or the halves are equal
   */
  XtsKey newKey(MemorySegment keyBytes);

  /**
   * A key as hardware takes it: equal halves are accepted too. For the controller model alone.
   *
   * @param keyBytes as for {@link #newKey}
   */
  XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes);
}
