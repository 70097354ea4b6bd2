package dev.keyslot.base.cipher;

import java.io.Serial;
import java.util.Arrays;
import javax.crypto.SecretKey;

/** An AES key for the JDK's ciphers; unlike the JDK's own class it can be wiped. */
final class WipeableKey implements SecretKey, AutoCloseable {

  @Serial private static final long serialVersionUID = 1;

  /** Wiped on close. */
  private final transient byte[] bytes;

  /** Takes {@code bytes} over, uncopied. */
  WipeableKey(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The key that ciphers get whose key is to be overwritten: AES-128, all zero. */
  static WipeableKey zero() {
    return new WipeableKey(new byte[16]);
  }

  @Override
  public String getAlgorithm() {
    return "AES";
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    return bytes.clone();
  }

  @Override
  public void close() {
    Arrays.fill(bytes, (byte) 0);
  }
}
