package dev.keyslot.base.posix;

import java.lang.invoke.MethodHandle;

/** Who this process acts as. */
public final class PosixUser {

  private static final MethodHandle GETEUID = NativeCalls.libc("geteuid");

  private PosixUser() {}

  /** The numeric user id that the kernel checks permissions against; 0 is root. */
  public static int effectiveUserId() {
    return NativeCalls.callInt(GETEUID, 0, 0, 0, 0, 0);
  }
}
