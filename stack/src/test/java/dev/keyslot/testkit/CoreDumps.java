package dev.keyslot.testkit;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What the kernel would leave out of a core dump of this process, as {@code smaps} tells. */
public final class CoreDumps {

  private CoreDumps() {}

  /** Whether the mapping in which native {@code memory} lies is marked "do not dump". */
  public static boolean leaveOut(MemorySegment memory) throws IOException {
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        inside = contains(line.substring(0, line.indexOf(' ')), memory);
      } else if (inside && line.startsWith("VmFlags:")) {
        return Arrays.asList(line.split(" ")).contains("dd");
      }
    }
    throw new AssertionError("memory must lie in one mapping: bytes=" + memory.byteSize());
  }

  private static boolean contains(String range, MemorySegment memory) {
    long start = Long.parseUnsignedLong(range, 0, range.indexOf('-'), 16);
    long end = Long.parseUnsignedLong(range, range.indexOf('-') + 1, range.length(), 16);
    return Long.compareUnsigned(memory.address(), start) >= 0
        && Long.compareUnsigned(memory.address() + memory.byteSize(), end) <= 0;
  }
}
