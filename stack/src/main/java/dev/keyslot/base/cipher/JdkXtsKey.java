package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** An XTS key whose AES is the JDK's. Batches are shared by all keys; ciphers are this key's. */
final class JdkXtsKey implements XtsKey {

  private static final ContextPool<JdkBatch> BATCHES = new ContextPool<>(JdkBatch::new);

  private final KeyCell key;
  private final ContextPool<JdkCiphers> pool = new ContextPool<>(this::newCiphers);

  JdkXtsKey(KeyCell key) {
    this.key = key;
  }

  private JdkCiphers newCiphers() {
    byte[] bytes = key.bytes().toArray(JAVA_BYTE);
    try {
      return new JdkCiphers(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  @Override
  public void encrypt(
      long dunLow, long dunHigh, int unitBytes, MemorySegment from, MemorySegment to) {
    DataUnits.check(unitBytes, from, to, false);
    JdkCiphers ciphers = pool.take();
    JdkBatch batch = BATCHES.take();
    try {
      batch.begin(ciphers, unitBytes, from, to);
      batch.encrypt(dunLow, dunHigh);
    } finally {
      giveBack(batch, ciphers);
    }
  }

  @Override
  public void decrypt(
      long dunLow,
      long dunHigh,
      int unitBytes,
      MemorySegment from,
      MemorySegment to,
      boolean zeroRule) {
    DataUnits.check(unitBytes, from, to, zeroRule);
    JdkCiphers ciphers = pool.take();
    JdkBatch batch = BATCHES.take();
    try {
      batch.begin(ciphers, unitBytes, from, to);
      batch.decrypt(dunLow, dunHigh, zeroRule);
    } finally {
      giveBack(batch, ciphers);
    }
  }

  private void giveBack(JdkBatch batch, JdkCiphers ciphers) {
    batch.end();
    BATCHES.give(batch);
    pool.give(ciphers);
  }

  @Override
  public void close() {
    if (pool.close()) {
      key.close();
    }
  }
}
