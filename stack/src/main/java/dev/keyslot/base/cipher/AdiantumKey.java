package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Cipher;

/**
 * Adiantum (XChaCha12, AES-256, NH and Poly1305): a wide-block mode in which every bit of a data
 * unit depends on every other. Written for being right, not for speed.
 *
 * <p>Crowley and Biggers, "Adiantum: length-preserving encryption for entry-level processors".
 */
public final class AdiantumKey implements UnitKey {

  private static final int KEY_BYTES = 32;
  private static final int BLOCK = 16;

  private final ReentrantLock turn = new ReentrantLock();
  private final int[] streamKey = new int[8];
  private final AdiantumHash hash;
  private final Cipher encryptBlock;
  private final Cipher decryptBlock;
  private boolean closed;

  /** A key of 32 bytes; copied. */
  public AdiantumKey(MemorySegment keyBytes) {
    Checks.argument(
        keyBytes.byteSize() == KEY_BYTES,
        "Adiantum key must have 32 bytes: bytes=%d",
        keyBytes.byteSize());
    byte[] key = keyBytes.toArray(JAVA_BYTE);
    ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(streamKey);
    // All other keys are the beginning of the stream of nonce 1.
    byte[] keys = new byte[KEY_BYTES + AdiantumHash.KEY_BYTES];
    byte[] one = new byte[24];
    one[0] = 1;
    ChaCha12.xor(streamKey, one, keys, keys.length);
    hash = new AdiantumHash(keys, KEY_BYTES);
    try (WipeableKey block = new WipeableKey(Arrays.copyOf(keys, KEY_BYTES))) {
      encryptBlock = Cipher.getInstance("AES/ECB/NoPadding");
      encryptBlock.init(Cipher.ENCRYPT_MODE, block);
      decryptBlock = Cipher.getInstance("AES/ECB/NoPadding");
      decryptBlock.init(Cipher.DECRYPT_MODE, block);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES/ECB/NoPadding", e);
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(keys, (byte) 0);
    }
  }

  @Override
  public void encrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    byte[] text = from.toArray(JAVA_BYTE);
    run(
        () -> {
          int bulk = text.length - BLOCK;
          byte[] middle = encryptBlock.doFinal(plus(text, hash.hash(iv, text, bulk)));
          stream(middle, text, bulk);
          setRight(text, minus(middle, hash.hash(iv, text, bulk)));
        });
    to.copyFrom(MemorySegment.ofArray(text));
  }

  @Override
  public void decrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    byte[] text = from.toArray(JAVA_BYTE);
    run(
        () -> {
          int bulk = text.length - BLOCK;
          byte[] middle = plus(text, hash.hash(iv, text, bulk));
          stream(middle, text, bulk);
          byte[] right = decryptBlock.doFinal(middle);
          setRight(text, minus(right, hash.hash(iv, text, bulk)));
        });
    to.copyFrom(MemorySegment.ofArray(text));
  }

  /** What may complain, although it cannot with whole blocks. */
  private interface Step {
    void run() throws GeneralSecurityException;
  }

  private void run(Step step) {
    turn.lock();
    try {
      Checks.that(!closed, "key must not be used after close");
      step.run();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES of a whole block cannot fail", e);
    } finally {
      turn.unlock();
    }
  }

  /** The left part XOR the stream of nonce (middle, 1, 0...). */
  private void stream(byte[] middle, byte[] text, int bulk) {
    byte[] nonce = Arrays.copyOf(middle, 24);
    nonce[BLOCK] = 1;
    ChaCha12.xor(streamKey, nonce, text, bulk);
  }

  /** The right block plus a number. */
  private static byte[] plus(byte[] text, BigInteger number) {
    return block(AdiantumHash.number(text, text.length - BLOCK, BLOCK).add(number));
  }

  private static byte[] minus(byte[] block, BigInteger number) {
    return block(AdiantumHash.number(block, 0, BLOCK).subtract(number));
  }

  private static byte[] block(BigInteger number) {
    byte[] bigEndian = number.mod(AdiantumHash.TWO_TO_128).toByteArray();
    byte[] block = new byte[BLOCK];
    for (int i = 0; i < Math.min(BLOCK, bigEndian.length); i++) {
      block[i] = bigEndian[bigEndian.length - 1 - i];
    }
    return block;
  }

  private static void setRight(byte[] text, byte[] block) {
    System.arraycopy(block, 0, text, text.length - BLOCK, BLOCK);
  }

  /** Wipes the stream's key and overwrites the expanded ones by those of a key of zeros. */
  @Override
  public void close() {
    turn.lock();
    try (WipeableKey zero = WipeableKey.zero()) {
      closed = true;
      Arrays.fill(streamKey, 0);
      encryptBlock.init(Cipher.ENCRYPT_MODE, zero);
      decryptBlock.init(Cipher.DECRYPT_MODE, zero);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must take a key of zeros", e);
    } finally {
      turn.unlock();
    }
  }
}
