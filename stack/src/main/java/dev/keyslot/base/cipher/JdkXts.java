package dev.keyslot.base.cipher;

import java.lang.foreign.MemorySegment;

/** XTS built on the JDK's AES/ECB: fast where the virtual machine has vector AES. */
final class JdkXts implements Xts {

  @Override
  public String name() {
    return "jdk";
  }

  @Override
  public String description() {
    return name() + " (Java " + Runtime.version().feature() + ")";
  }

  @Override
  public XtsKey newKey(MemorySegment keyBytes) {
    return new JdkXtsKey(KeyCell.copyOfUnequalHalves(keyBytes));
  }

  @Override
  public XtsKey newKeyAllowingEqualHalves(MemorySegment keyBytes) {
    return new JdkXtsKey(KeyCell.copyOf(keyBytes));
  }
}
