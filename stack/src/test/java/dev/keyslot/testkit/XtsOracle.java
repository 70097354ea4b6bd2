package dev.keyslot.testkit;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Textbook XTS (IEEE 1619), one block at a time, for expected bytes in tests.
 *
 * <p>Shares no code with production: big integers for the tweak, single-block AES from the JDK.
 * Slow. Safe from any thread.
 */
public final class XtsOracle {

  private static final BigInteger TWO_TO_128 = BigInteger.ONE.shiftLeft(128);

  /** x^128 + x^7 + x^2 + x + 1. */
  private static final BigInteger POLYNOMIAL = TWO_TO_128.add(BigInteger.valueOf(0x87));

  private final SecretKeySpec dataKey;
  private final SecretKeySpec tweakKey;

  /** An oracle for a key of 32 or 64 bytes: data key, then tweak key. */
  public XtsOracle(byte[] key) {
    dataKey = new SecretKeySpec(key, 0, key.length / 2, "AES");
    tweakKey = new SecretKeySpec(key, key.length / 2, key.length / 2, "AES");
  }

  /** Ciphertext of whole units, the first of which has the number {@code dun}. */
  public byte[] encrypt(BigInteger dun, int unitBytes, byte[] plaintext) {
    return run(Cipher.ENCRYPT_MODE, dun, unitBytes, plaintext);
  }

  /** {@link #encrypt(BigInteger, int, byte[])} from a data unit number of at most 64 bits. */
  public byte[] encrypt(long dun, int unitBytes, byte[] plaintext) {
    return encrypt(new BigInteger(Long.toUnsignedString(dun)), unitBytes, plaintext);
  }

  /** Plaintext of whole units, the first of which has the number {@code dun}; no zero rule. */
  public byte[] decrypt(BigInteger dun, int unitBytes, byte[] ciphertext) {
    return run(Cipher.DECRYPT_MODE, dun, unitBytes, ciphertext);
  }

  /** {@link #decrypt(BigInteger, int, byte[])} from a data unit number of at most 64 bits. */
  public byte[] decrypt(long dun, int unitBytes, byte[] ciphertext) {
    return decrypt(new BigInteger(Long.toUnsignedString(dun)), unitBytes, ciphertext);
  }

  private byte[] run(int mode, BigInteger dun, int unitBytes, byte[] text) {
    if (text.length % unitBytes != 0 || unitBytes % 16 != 0) {
      throw new IllegalArgumentException(
          "oracle takes whole units: bytes=" + text.length + " unitBytes=" + unitBytes);
    }
    try {
      Cipher data = Cipher.getInstance("AES/ECB/NoPadding");
      data.init(mode, dataKey);
      Cipher tweak = Cipher.getInstance("AES/ECB/NoPadding");
      tweak.init(Cipher.ENCRYPT_MODE, tweakKey);
      byte[] result = new byte[text.length];
      for (int unit = 0; unit < text.length / unitBytes; unit++) {
        BigInteger number = dun.add(BigInteger.valueOf(unit)).mod(TWO_TO_128);
        BigInteger mask = number(tweak.doFinal(littleEndian(number)));
        for (int at = unit * unitBytes; at < (unit + 1) * unitBytes; at += 16) {
          byte[] block = xor(Arrays.copyOfRange(text, at, at + 16), littleEndian(mask));
          byte[] turned = xor(data.doFinal(block), littleEndian(mask));
          System.arraycopy(turned, 0, result, at, 16);
          mask = timesX(mask);
        }
      }
      return result;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES/ECB/NoPadding", e);
    }
  }

  private static BigInteger timesX(BigInteger element) {
    BigInteger shifted = element.shiftLeft(1);
    return shifted.testBit(128) ? shifted.xor(POLYNOMIAL) : shifted;
  }

  private static BigInteger number(byte[] littleEndian) {
    return new BigInteger(1, reversed(littleEndian));
  }

  private static byte[] littleEndian(BigInteger number) {
    byte[] bigEndian = new byte[16];
    byte[] magnitude = number.toByteArray();
    for (int i = 0; i < Math.min(16, magnitude.length); i++) {
      bigEndian[15 - i] = magnitude[magnitude.length - 1 - i];
    }
    return reversed(bigEndian);
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] turned = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      turned[i] = bytes[bytes.length - 1 - i];
    }
    return turned;
  }

  private static byte[] xor(byte[] left, byte[] right) {
    byte[] sum = new byte[left.length];
    for (int i = 0; i < left.length; i++) {
      sum[i] = (byte) (left[i] ^ right[i]);
    }
    return sum;
  }
}
