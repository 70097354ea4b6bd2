package dev.keyslot.base.cipher;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/** An engine wrong by one bit, in one direction: what a self-test must find. */
record FaultyXts(Xts right, boolean encryption) implements Xts {

  @Override
  public String name() {
    return "faulty";
  }

  @Override
  public XtsKey newKey(MemorySegment keyBytes) {
    XtsKey key = right.newKey(keyBytes);
    return new XtsKey() {
      @Override
      public void encrypt(
          long low, long high, int unitBytes, MemorySegment from, MemorySegment to) {
        key.encrypt(low, high, unitBytes, from, to);
        if (encryption) {
          flip(to);
        }
      }

      @Override
      public void decrypt(
          long low, long high, int unitBytes, MemorySegment from, MemorySegment to, boolean zeros) {
        key.decrypt(low, high, unitBytes, from, to, zeros);
        if (!encryption) {
          flip(to);
        }
      }

      @Override
      public void close() {
        key.close();
      }
    };
  }

  private static void flip(MemorySegment text) {
    long last = text.byteSize() - 1;
    text.set(JAVA_BYTE, last, (byte) (text.get(JAVA_BYTE, last) ^ 1));
  }

  @Override
  public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
    return newKey(keyBytes);
  }
}
