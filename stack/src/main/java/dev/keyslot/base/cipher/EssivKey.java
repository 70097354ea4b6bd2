package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.concurrent.locks.ReentrantLock;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * AES-128-CBC whose initialisation vector is the data unit number encrypted under a hash of the key
 * (ESSIV with SHA-256): the kernel's {@code essiv(cbc(aes),sha256)}.
 */
public final class EssivKey implements UnitKey {

  private static final int KEY_BYTES = 16;

  private final ReentrantLock turn = new ReentrantLock();
  private final Cipher cbc;
  private final Cipher salt;

  /** Null once closed. */
  private WipeableKey key;

  /** A key of 16 bytes; copied. */
  public EssivKey(MemorySegment keyBytes) {
    Checks.argument(
        keyBytes.byteSize() == KEY_BYTES,
        "AES-128-CBC-ESSIV key must have 16 bytes: bytes=%d",
        keyBytes.byteSize());
    byte[] bytes = keyBytes.toArray(JAVA_BYTE);
    try {
      cbc = Cipher.getInstance("AES/CBC/NoPadding");
      salt = Cipher.getInstance("AES/ECB/NoPadding");
      try (WipeableKey hash = new WipeableKey(MessageDigest.getInstance("SHA-256").digest(bytes))) {
        salt.init(Cipher.ENCRYPT_MODE, hash);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must offer AES and SHA-256", e);
    }
    key = new WipeableKey(bytes);
  }

  @Override
  public void encrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    run(Cipher.ENCRYPT_MODE, iv, from, to);
  }

  @Override
  public void decrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    run(Cipher.DECRYPT_MODE, iv, from, to);
  }

  private void run(int mode, byte[] iv, MemorySegment from, MemorySegment to) {
    turn.lock();
    try {
      Checks.that(key != null, "key must not be used after close");
      cbc.init(mode, key, new IvParameterSpec(salt.doFinal(iv, 0, 16)));
      MemorySegment.copy(
          MemorySegment.ofArray(cbc.doFinal(from.toArray(JAVA_BYTE))), 0, to, 0, to.byteSize());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-CBC of whole blocks cannot fail", e);
    } finally {
      turn.unlock();
    }
  }

  /** Wipes the key and overwrites the expanded ones by those of a key of zeros. */
  @Override
  public void close() {
    turn.lock();
    try (WipeableKey zero = WipeableKey.zero()) {
      if (key != null) {
        key.close();
        key = null;
      }
      cbc.init(Cipher.ENCRYPT_MODE, zero, new IvParameterSpec(new byte[16]));
      salt.init(Cipher.ENCRYPT_MODE, zero);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK must take a key of zeros", e);
    } finally {
      turn.unlock();
    }
  }
}
