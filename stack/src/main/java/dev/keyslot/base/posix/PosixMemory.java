package dev.keyslot.base.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Advice to the kernel about memory of ours.
 *
 * <p>Segments are native and begin on a page. Advice is best effort: a kernel or a limit that
 * refuses is answered false, never with an exception. Safe from any thread.
 */
public final class PosixMemory {

  private static final int MADV_DONTDUMP = 16;

  private static final MethodHandle MADVISE = NativeCalls.libc("madvise");
  private static final MethodHandle MLOCK = NativeCalls.libc("mlock");

  private PosixMemory() {}

  /**
   * Fresh pages of zeros that take memory only as they are first used.
   *
   * @param bytes at least 1
   * @param arena unmaps them when it is closed
   * @throws OutOfMemoryError if the kernel refuses
   */
  public static MemorySegment untouched(long bytes, Arena arena) {
    long address = FileCalls.mapAnonymous(bytes);
    if (address < 0) {
      throw new OutOfMemoryError(
          "kernel must map memory: bytes=%d errno=%d".formatted(bytes, -address));
    }
    return MemorySegment.ofAddress(address)
        .reinterpret(bytes, arena, pages -> FileCalls.unmap(pages.address(), bytes));
  }

  /**
   * Machine code where it can be run and nobody can write; stays until the process ends.
   *
   * @throws PosixException if the kernel, or a rule of the system's against such memory, refuses
   */
  public static MemorySegment executable(byte[] code) throws PosixException {
    MemorySegment pages = untouched(code.length, Arena.global());
    MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
    int result = FileCalls.makeExecutable(pages.address(), code.length);
    if (result != 0) {
      throw new PosixException(-result, "mprotect", "pages of machine code");
    }
    return pages.asReadOnly();
  }

  /** Leaves the pages out of core dumps. */
  public static boolean keepOutOfCoreDumps(MemorySegment pages) {
    long address = NativeCalls.address(pages, 0, pages.byteSize());
    return NativeCalls.callInt(MADVISE, address, pages.byteSize(), MADV_DONTDUMP, 0, 0) == 0;
  }

  /** Keeps the pages out of swap, as far as the process's limit for locked memory goes. */
  public static boolean lockInMemory(MemorySegment pages) {
    long address = NativeCalls.address(pages, 0, pages.byteSize());
    return NativeCalls.callInt(MLOCK, address, pages.byteSize(), 0, 0, 0) == 0;
  }
}
