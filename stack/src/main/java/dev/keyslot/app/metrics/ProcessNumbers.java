package dev.keyslot.app.metrics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What the kernel says of this process; each is empty where there is no such kernel.
 *
 * @param rssBytes memory that is in RAM
 * @param threads threads, those of the virtual machine too
 * @param openFiles file descriptors
 */
record ProcessNumbers(OptionalLong rssBytes, OptionalLong threads, OptionalLong openFiles) {

  private static final Path SELF = Path.of("/proc/self");
  private static final long KIB = 1024;

  /** Of this process, now. */
  static ProcessNumbers read() {
    return read(SELF);
  }

  static ProcessNumbers read(Path process) {
    List<String> status = lines(process.resolve("status"));
    OptionalLong kibibytes = number(status, "VmRSS:");
    return new ProcessNumbers(
        kibibytes.isPresent() ? OptionalLong.of(kibibytes.getAsLong() * KIB) : kibibytes,
        number(status, "Threads:"),
        entries(process.resolve("fd")));
  }

  private static OptionalLong number(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // no such kernel: nothing is known
    }
  }

  private static OptionalLong entries(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      return OptionalLong.of(all.count());
    } catch (IOException e) {
      return OptionalLong.empty(); // no such kernel: nothing is known
    }
  }
}
