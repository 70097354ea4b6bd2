package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.keyslot.base.Checks;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * SM4 in the mode of IEEE 1619: the kernel's {@code xts(sm4)}. The block cipher is BouncyCastle's,
 * an optional library, without which this class cannot even be loaded; the mode is ours. Written
 * for being right, not for speed.
 *
 * <p>GB/T 17964-2021 doubles its tweaks another way: the same name, other bytes from the second
 * block on.
 */
final class Sm4XtsKey implements UnitKey {

  private static final int KEY_BYTES = 32;
  private static final int HALF = KEY_BYTES / 2;
  private static final int BLOCK = 16;

  private final ReentrantLock turn = new ReentrantLock();
  private final SM4Engine encryption = new SM4Engine();
  private final SM4Engine decryption = new SM4Engine();
  private final SM4Engine tweaks = new SM4Engine();
  private boolean closed;

  /**
   * A key of 32 bytes, data key then tweak key; copied.
   *
   * @throws IllegalArgumentException if the length is another or the halves are equal
   */
  Sm4XtsKey(MemorySegment keyBytes) {
    Checks.argument(
        keyBytes.byteSize() == KEY_BYTES,
        "SM4-XTS key must have 32 bytes: bytes=%d",
        keyBytes.byteSize());
    Checks.argument(
        MemorySegment.mismatch(keyBytes, 0, HALF, keyBytes, HALF, KEY_BYTES) != -1,
        "XTS key halves must differ");
    byte[] key = keyBytes.toArray(JAVA_BYTE);
    init(key);
    Arrays.fill(key, (byte) 0);
  }

  private void init(byte[] key) {
    KeyParameter data = new KeyParameter(key, 0, HALF);
    encryption.init(true, data);
    decryption.init(false, data);
    tweaks.init(true, new KeyParameter(key, HALF, HALF));
  }

  @Override
  public void encrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    run(encryption, iv, from, to);
  }

  @Override
  public void decrypt(byte[] iv, MemorySegment from, MemorySegment to) {
    run(decryption, iv, from, to);
  }

  private void run(SM4Engine data, byte[] iv, MemorySegment from, MemorySegment to) {
    byte[] text = from.toArray(JAVA_BYTE);
    byte[] first = new byte[BLOCK];
    turn.lock();
    try {
      Checks.that(!closed, "key must not be used after close");
      tweaks.processBlock(iv, 0, first, 0);
      turnOver(data, first, text);
    } finally {
      turn.unlock();
    }
    to.copyFrom(MemorySegment.ofArray(text));
  }

  private static void turnOver(SM4Engine data, byte[] first, byte[] text) {
    byte[] chained = new byte[text.length];
    TweakChain chain = new TweakChain();
    chain.begin(first, 0);
    chain.expand(chained, 0, text.length);
    TweakChain.add(chained, text, text.length);
    for (int at = 0; at < text.length; at += BLOCK) {
      data.processBlock(text, at, text, at);
    }
    TweakChain.add(chained, text, text.length);
  }

  /** Lets go of the expanded keys; their arrays stay on the heap until they are collected. */
  @Override
  public void close() {
    turn.lock();
    try {
      closed = true;
      init(new byte[KEY_BYTES]);
    } finally {
      turn.unlock();
    }
  }
}
