package dev.keyslot.base.cipher;

import java.io.Serial;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;

/**
 * The three AES/ECB ciphers of one XTS key, used by one thread at a time.
 *
 * <p>The JDK's ciphers keep expanded keys in heap arrays that nobody can wipe for certain; what is
 * copied here on the way is wiped.
 */
final class JdkCiphers implements AutoCloseable {

  private static final String ECB = "AES/ECB/NoPadding";

  private final Cipher encryption;
  private final Cipher decryption;
  private final Cipher tweak;

  /**
   * Makes ciphers from {@code keyBytes}, data key then tweak key.
   *
   * @throws IllegalStateException if this JDK has no AES
   */
  JdkCiphers(byte[] keyBytes) {
    int half = keyBytes.length / 2;
    try (HalfKey data = new HalfKey(Arrays.copyOf(keyBytes, half));
        HalfKey tweaks = new HalfKey(Arrays.copyOfRange(keyBytes, half, 2 * half))) {
      encryption = cipher(Cipher.ENCRYPT_MODE, data);
      decryption = cipher(Cipher.DECRYPT_MODE, data);
      tweak = cipher(Cipher.ENCRYPT_MODE, tweaks);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK must offer a cipher: name=" + ECB, e);
    }
  }

  private static Cipher cipher(int mode, SecretKey key) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance(ECB);
    cipher.init(mode, key);
    return cipher;
  }

  /** Turns the first {@code bytes} of {@code in} into {@code out}, another array. */
  void data(boolean encrypt, byte[] in, byte[] out, int bytes) {
    run(encrypt ? encryption : decryption, in, out, bytes);
  }

  /** Encrypts {@code bytes} of data unit numbers into first tweaks. */
  void tweaks(byte[] in, byte[] out, int bytes) {
    run(tweak, in, out, bytes);
  }

  private static void run(Cipher cipher, byte[] in, byte[] out, int bytes) {
    try {
      int done = cipher.update(in, 0, bytes, out, 0);
      if (done != bytes) {
        throw new IllegalStateException(
            "cipher must turn over whole blocks at once: bytes=%d done=%d".formatted(bytes, done));
      }
    } catch (ShortBufferException e) {
      throw new IllegalStateException("cipher must not need more room: bytes=" + bytes, e);
    }
  }

  /** Overwrites the expanded keys as far as the JDK lets us: by keys of zeros. */
  @Override
  public void close() throws InvalidKeyException {
    try (HalfKey zero = new HalfKey(new byte[16])) {
      encryption.init(Cipher.ENCRYPT_MODE, zero);
      decryption.init(Cipher.DECRYPT_MODE, zero);
      tweak.init(Cipher.ENCRYPT_MODE, zero);
    }
  }

  /** Half of an XTS key; unlike the JDK's class it can be wiped. */
  private static final class HalfKey implements SecretKey, AutoCloseable {

    @Serial private static final long serialVersionUID = 1;

    /** Wiped on close. */
    private final transient byte[] bytes;

    HalfKey(byte[] bytes) {
      this.bytes = bytes;
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
}
