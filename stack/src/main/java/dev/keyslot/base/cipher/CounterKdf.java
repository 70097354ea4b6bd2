package dev.keyslot.base.cipher;

import dev.keyslot.base.Checks;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * The key derivation of NIST SP 800-108 in counter mode with AES-256-CMAC: how inline encryption
 * hardware makes keys and secrets from a key that it unwrapped.
 *
 * <p>Block i, from 1, is CMAC(BE32(i), label, 00h, context, BE32(output bits)). Stateless; what it
 * returns is the caller's to wipe.
 */
public final class CounterKdf {

  private static final int BLOCK = 16;
  private static final int KEY_BYTES = 32;

  private CounterKdf() {}

  /** {@code count} bytes derived from a 32-byte key. */
  public static byte[] derive(byte[] key, byte[] label, byte[] context, int count) {
    Checks.argument(
        key.length == KEY_BYTES, "derivation key must have 32 bytes: bytes=%d", key.length);
    ByteBuffer output = ByteBuffer.allocate((count + BLOCK - 1) / BLOCK * BLOCK);
    ByteBuffer input = ByteBuffer.allocate(4 + label.length + 1 + context.length + 4);
    for (int i = 1; output.hasRemaining(); i++) {
      input.clear();
      input.putInt(i).put(label).put((byte) 0).put(context).putInt(count * Byte.SIZE);
      output.put(cmac(key, input.array()));
    }
    byte[] result = Arrays.copyOf(output.array(), count);
    Arrays.fill(output.array(), (byte) 0);
    return result;
  }

  /** AES-CMAC (RFC 4493, NIST SP 800-38B) of {@code message}, 16 bytes. */
  static byte[] cmac(byte[] key, byte[] message) {
    try {
      Cipher aes = Cipher.getInstance("AES/ECB/NoPadding");
      aes.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
      byte[] subkey = doubled(aes.doFinal(new byte[BLOCK]));
      int last = Math.max(0, (message.length - 1) / BLOCK * BLOCK);
      boolean whole = message.length - last == BLOCK;
      byte[] state = new byte[BLOCK];
      for (int at = 0; at < last; at += BLOCK) {
        xor(state, message, at, BLOCK);
        state = aes.doFinal(state);
      }
      xor(state, message, last, message.length - last);
      if (!whole) {
        state[message.length - last] ^= (byte) 0x80;
        subkey = doubled(subkey);
      }
      xor(state, subkey, 0, BLOCK);
      return aes.doFinal(state);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES/ECB/NoPadding", e);
    }
  }

  private static void xor(byte[] state, byte[] from, int at, int count) {
    for (int i = 0; i < count; i++) {
      state[i] ^= from[at + i];
    }
  }

  /** Times x in the field of 2^128 elements, most significant bit first. */
  private static byte[] doubled(byte[] block) {
    byte[] result = new byte[BLOCK];
    int carry = 0;
    for (int i = BLOCK - 1; i >= 0; i--) {
      int value = Byte.toUnsignedInt(block[i]);
      result[i] = (byte) (value << 1 | carry);
      carry = value >>> 7;
    }
    result[BLOCK - 1] ^= (byte) (carry * 0x87);
    return result;
  }
}
