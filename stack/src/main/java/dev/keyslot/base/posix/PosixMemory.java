package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Advice to the kernel about memory of ours.
 *
 * <p>Segments are native and begin on a page. Advice is best effort: a kernel or a limit that
 * refuses is answered false, never an exception. Safe from any thread.
 */
public final class PosixMemory {

  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_DONTDUMP = 16;

  private static final MethodHandle MADVISE =
      SystemCalls.bind("madvise", SystemCalls.intOf(JAVA_LONG, JAVA_LONG, JAVA_INT), -1);

  private PosixMemory() {}

  /** Leaves the pages out of core dumps. */
  public static boolean keepOutOfCoreDumps(MemorySegment pages) {
    return advise(pages, MADV_DONTDUMP);
  }

  /** Asks for huge pages. */
  public static boolean preferHugePages(MemorySegment pages) {
    return advise(pages, MADV_HUGEPAGE);
  }

  private static boolean advise(MemorySegment pages, int advice) {
    try {
      return (int)
              MADVISE.invokeExact(SystemCalls.capture(), pages.address(), pages.byteSize(), advice)
          == 0;
    } catch (Throwable e) {
      throw SystemCalls.unexpected("madvise", e);
    }
  }
}
