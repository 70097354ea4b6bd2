package dev.keyslot.base.cipher;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;

/**
 * The three AES/ECB ciphers of one XTS key, used by one thread at a time.
 *
 * <p>The JDK's ciphers keep expanded keys in heap arrays. A new key overwrites the old one's, so
 * they are given a key of zeros when done with; copies that the garbage collector left behind when
 * it moved the arrays cannot be wiped. Making ciphers takes longer than giving them a key, so they
 * are kept for the next one.
 */
final class JdkCiphers implements AutoCloseable {

  private static final String ECB = "AES/ECB/NoPadding";

  private static final ContextPool<Trio> SPARE = new ContextPool<>(Trio::new);

  /** Ciphers without a key worth keeping. */
  private static final class Trio implements AutoCloseable {
    final Cipher encryption = cipher();
    final Cipher decryption = cipher();
    final Cipher tweak = cipher();

    private static Cipher cipher() {
      try {
        return Cipher.getInstance(ECB);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this JDK must offer a cipher: name=" + ECB, e);
      }
    }

    void key(SecretKey data, SecretKey tweaks) {
      try {
        encryption.init(Cipher.ENCRYPT_MODE, data);
        decryption.init(Cipher.DECRYPT_MODE, data);
        tweak.init(Cipher.ENCRYPT_MODE, tweaks);
      } catch (InvalidKeyException e) {
        throw new IllegalStateException("this JDK must take AES keys of 128 and 256 bits", e);
      }
    }

    @Override
    public void close() {}
  }

  private final Trio trio;

  /** Takes ciphers for {@code keyBytes}, data key then tweak key. */
  JdkCiphers(byte[] keyBytes) {
    int half = keyBytes.length / 2;
    trio = SPARE.take();
    try (WipeableKey data = new WipeableKey(Arrays.copyOf(keyBytes, half));
        WipeableKey tweaks = new WipeableKey(Arrays.copyOfRange(keyBytes, half, 2 * half))) {
      trio.key(data, tweaks);
    }
  }

  /** Turns the first {@code bytes} of {@code in} into {@code out}, another array. */
  void data(boolean encrypt, byte[] in, byte[] out, int bytes) {
    run(encrypt ? trio.encryption : trio.decryption, in, out, bytes);
  }

  /** Encrypts {@code bytes} of data unit numbers into first tweaks. */
  void tweaks(byte[] in, byte[] out, int bytes) {
    run(trio.tweak, in, out, bytes);
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

  /** Overwrites the expanded keys by those of a key of zeros. */
  @Override
  public void close() {
    try (WipeableKey zero = WipeableKey.zero()) {
      trio.key(zero, zero);
    }
    SPARE.give(trio);
  }
}
