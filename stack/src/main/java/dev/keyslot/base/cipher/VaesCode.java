package dev.keyslot.base.cipher;

import dev.keyslot.base.posix.NativeCalls;
import dev.keyslot.base.posix.PosixException;
import dev.keyslot.base.posix.PosixMemory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * Our machine code for AES-XTS, as {@code src/main/asm/xts.S} describes it; loaded with this class
 * where the processor can run it.
 *
 * <p>Nothing but {@link #missing} may be called where that is not null. Bound like the C library's
 * functions, though they leave no errno: another shape would make each start 7 ms longer, and a
 * call some 20 ns shorter.
 */
final class VaesCode {

  /** Room for what {@code expand} leaves of a key, in bytes; 736 are used. */
  static final int SCHEDULE_BYTES = 1024;

  /** What the code uses, by the names in Linux's {@code /proc/cpuinfo}. */
  private static final List<String> FEATURES =
      List.of("aes", "avx", "bmi2", "avx512f", "avx512bw", "vaes", "vpclmulqdq");

  private static final String RESOURCE = "xts.x86-64";

  /** The first processor's paragraph is within this. */
  private static final int CPUINFO_BYTES = 16_384;

  private static final int EXPAND = 0;
  private static final int ENCRYPT = 4;
  private static final int DECRYPT = 8;

  private static final Loaded LOADED = load();

  private static final MethodHandle EXPANSION = LOADED.function(EXPAND);
  private static final MethodHandle ENCRYPTION = LOADED.function(ENCRYPT);
  private static final MethodHandle DECRYPTION = LOADED.function(DECRYPT);

  private VaesCode() {}

  /** The code in memory, or why it is not there. */
  private record Loaded(MemorySegment code, String missing) {

    /** The function whose offset from the start stands at {@code entry}. */
    MethodHandle function(int entry) {
      if (code == null) {
        return null;
      }
      int offset =
          code.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), entry);
      return NativeCalls.bind(code.asSlice(offset));
    }
  }

  private static Loaded load() {
    try {
      String missing = missingOf(System.getProperty("os.arch"), Path.of("/proc/cpuinfo"));
      return missing == null
          ? new Loaded(PosixMemory.executable(code()), null)
          : new Loaded(null, "engine vaes needs " + missing);
    } catch (PosixException e) {
      return new Loaded(null, "engine vaes needs memory for code: " + e.getMessage());
    } catch (IOException e) {
      return new Loaded(null, "engine vaes needs to know the processor: " + e);
    }
  }

  /** What a machine lacks, or null. */
  static String missingOf(String architecture, Path cpuinfo) throws IOException {
    if (!architecture.equals("amd64")) {
      return "an x86-64 processor: os.arch=" + architecture;
    }
    String flags = " " + flags(cpuinfo) + " ";
    List<String> lacking = FEATURES.stream().filter(f -> !flags.contains(" " + f + " ")).toList();
    return lacking.isEmpty() ? null : "a processor with vector AES: lacking=" + lacking;
  }

  private static String flags(Path cpuinfo) throws IOException {
    try (InputStream in = Files.newInputStream(cpuinfo)) {
      String text = new String(in.readNBytes(CPUINFO_BYTES), StandardCharsets.US_ASCII);
      return text.lines().filter(line -> line.startsWith("flags")).findFirst().orElse("");
    }
  }

  private static byte[] code() throws IOException {
    try (InputStream in = VaesCode.class.getResourceAsStream(RESOURCE)) {
      return Objects.requireNonNull(in, RESOURCE).readAllBytes();
    }
  }

  /** Why there can be no such engine, or null. */
  static String missing() {
    return LOADED.missing();
  }

  /** Leaves in {@code schedule} what the key of 32 or 64 bytes expands to. */
  static void expand(MemorySegment schedule, MemorySegment key) {
    try {
      long _ =
          (long)
              EXPANSION.invokeExact(
                  NativeCalls.capture(),
                  schedule.address(),
                  key.address(),
                  key.byteSize(),
                  0L,
                  0L,
                  0L);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
  }

  /** The shape of a run of {@code bytes} for {@link #encrypt} and {@link #decrypt}. */
  static long shape(int unitBytes, long bytes) {
    return (long) unitBytes << Integer.SIZE | Math.toIntExact(bytes / unitBytes);
  }

  /** Encrypts a run from one address to another. */
  static void encrypt(
      MemorySegment schedule, long from, long to, long shape, long dunLow, long dunHigh) {
    try {
      long _ =
          (long)
              ENCRYPTION.invokeExact(
                  NativeCalls.capture(), schedule.address(), from, to, shape, dunLow, dunHigh);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
  }

  /** Decrypts a run from one address to another. */
  static void decrypt(
      MemorySegment schedule, long from, long to, long shape, long dunLow, long dunHigh) {
    try {
      long _ =
          (long)
              DECRYPTION.invokeExact(
                  NativeCalls.capture(), schedule.address(), from, to, shape, dunLow, dunHigh);
    } catch (Throwable unexpected) {
      throw NativeCalls.mistake(unexpected);
    }
  }
}
