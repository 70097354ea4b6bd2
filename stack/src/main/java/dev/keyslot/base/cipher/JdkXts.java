package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/** XTS built on the JDK's AES/ECB: fast where the virtual machine has vector AES. */
final class JdkXts implements Xts {

  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public XtsKey newKey(MemorySegment keyBytes) {
    KeyCell cell = KeyCell.copyOf(keyBytes);
    if (cell.hasEqualHalves()) {
      cell.close();
      throw new IllegalArgumentException("XTS key halves must differ");
    }
    return new JdkXtsKey(cell);
  }

  @Override
  public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
    return new JdkXtsKey(KeyCell.copyOf(keyBytes));
  }
}
