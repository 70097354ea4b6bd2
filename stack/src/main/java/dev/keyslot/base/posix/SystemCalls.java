package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Binds functions of the C library and keeps each thread's errno.
 *
 * <p>Buffers travel as plain addresses, so that nothing is allocated per call; callers check them
 * and keep them alive.
 */
final class SystemCalls {

  private static final Linker LINKER = Linker.nativeLinker();

  private static final long ERRNO_OFFSET =
      Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final ThreadLocal<MemorySegment> CAPTURE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private SystemCalls() {}

  /** A handle whose first argument is {@link #capture()}; {@code variadicFrom} -1 for none. */
  static MethodHandle bind(String name, FunctionDescriptor descriptor, int variadicFrom) {
    MemorySegment function =
        LINKER
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IllegalStateException("C library must offer " + name));
    Linker.Option capture = Linker.Option.captureCallState("errno");
    return variadicFrom < 0
        ? LINKER.downcallHandle(function, descriptor, capture)
        : LINKER.downcallHandle(
            function, descriptor, capture, Linker.Option.firstVariadicArg(variadicFrom));
  }

  /** Where this thread's calls leave errno. */
  static MemorySegment capture() {
    return CAPTURE.get();
  }

  /** The errno that the call before left in {@code capture}. */
  static int errno(MemorySegment capture) {
    return capture.get(JAVA_INT, ERRNO_OFFSET);
  }

  /** {@code int f(long, long, int)}, such as madvise. */
  static FunctionDescriptor intOf(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  /** {@code long f(...)}, such as lseek. */
  static FunctionDescriptor longOf(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_LONG, arguments);
  }

  /** Only unexpected things come out of a downcall: our own mistakes. */
  static IllegalStateException unexpected(String call, Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("call must not throw: " + call, cause);
  }

  /** A C string's layout, for paths. */
  static MemoryLayout path() {
    return ADDRESS;
  }
}
