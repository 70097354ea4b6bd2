package dev.keyslot.base.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Binds C functions, all in one shape: six 64-bit integer arguments, a 64-bit integer result.
 *
 * <p>Each further shape costs the start of the process 7 ms or more, the one of a variadic function
 * 30. On x86-64 and aarch64 Linux integers and pointers travel in the same registers, those of a
 * variadic function too, a callee ignores what it does not take, and of an {@code int} result the
 * lower half counts. What x86-64 adds for variadic functions, a bound on the vector registers used,
 * matters to a callee that takes floating-point numbers: neither {@code open} nor {@code fcntl}
 * does. Buffers travel as addresses, so that nothing is allocated per call; {@link #address} checks
 * them, and the caller keeps their arena open until the call returns. Safe from any thread.
 */
public final class NativeCalls {

  private static final Linker LINKER = Linker.nativeLinker();

  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

  private static final long ERRNO_OFFSET =
      Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private static final ThreadLocal<MemorySegment> CAPTURE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private static final long INTERRUPTED = -Errno.EINTR.number();

  private NativeCalls() {}

  /** A function of the C library, for {@link #call}. */
  static MethodHandle libc(String name) {
    return bind(libcAddress(name));
  }

  private static MemorySegment libcAddress(String name) {
    return LINKER
        .defaultLookup()
        .find(name)
        .orElseThrow(() -> new IllegalStateException("C library must offer a function: " + name));
  }

  /** A handle for {@link #call}: may block, keeps errno. */
  public static MethodHandle bind(MemorySegment function) {
    return LINKER.downcallHandle(function, SHAPE, ERRNO);
  }

  /**
   * A handle of six longs for a function that returns within microseconds and calls nothing back:
   * no thread state change, but the garbage collector waits for it.
   */
  public static MethodHandle bindCritical(MemorySegment function) {
    return LINKER.downcallHandle(function, SHAPE, Linker.Option.critical(false));
  }

  /**
   * Calls a function of at most five arguments whose 64-bit result is -1 with errno set on failure;
   * repeats it while a signal interrupts it.
   *
   * @param function from {@link #bind}, in a static final field of the caller
   * @return the result, or the negative errno
   */
  public static long call(MethodHandle function, long a, long b, long c, long d, long e) {
    MemorySegment capture = CAPTURE.get();
    long outcome;
    do {
      try {
        outcome = outcome((long) function.invokeExact(capture, a, b, c, d, e, 0L), capture);
      } catch (Throwable unexpected) {
        throw mistake(unexpected);
      }
    } while (outcome == INTERRUPTED);
    return outcome;
  }

  /** {@link #call} of a function whose result is an {@code int}. */
  public static int callInt(MethodHandle function, long a, long b, long c, long d, long e) {
    MemorySegment capture = CAPTURE.get();
    long outcome;
    do {
      try {
        int result = (int) (long) function.invokeExact(capture, a, b, c, d, e, 0L);
        outcome = outcome(result, capture);
      } catch (Throwable unexpected) {
        throw mistake(unexpected);
      }
    } while (outcome == INTERRUPTED);
    return (int) outcome;
  }

  /** Where this thread's calls leave errno, for a call of six arguments. */
  public static MemorySegment capture() {
    return CAPTURE.get();
  }

  /** {@code result}, or the negative errno if it is -1. */
  static long outcome(long result, MemorySegment capture) {
    return result == -1 ? -capture.get(JAVA_INT, ERRNO_OFFSET) : result;
  }

  /** Nothing but our own mistakes comes out of a downcall. */
  public static IllegalStateException mistake(Throwable unexpected) {
    if (unexpected instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("native call must not throw", unexpected);
  }

  /**
   * The address of {@code [at, at + bytes)} of native memory.
   *
   * @throws IllegalArgumentException if the segment is on the heap
   * @throws IndexOutOfBoundsException if it is smaller
   * @throws IllegalStateException if its arena is closed
   */
  public static long address(MemorySegment segment, long at, long bytes) {
    Objects.checkFromIndexSize(at, bytes, segment.byteSize());
    if (!segment.isNative()) {
      throw new IllegalArgumentException("memory must be native: bytes=" + bytes);
    }
    if (!segment.scope().isAlive()) {
      throw new IllegalStateException("memory must not be freed: bytes=" + bytes);
    }
    return segment.address() + at;
  }
}
