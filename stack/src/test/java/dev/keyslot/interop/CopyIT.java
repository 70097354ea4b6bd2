package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** File-system images go in and come out the same, and as sparse as they were. */
class CopyIT {

  private static final long MIB = 1 << 20;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.need("nbdcopy", "nbdinfo", "qemu-img", "mke2fs", "e2fsck", "cmp", "stat");
  }

  @ParameterizedTest
  @CsvSource({"4096, 1G", "512, 1G", "4096, 3G", "512, 3G"})
  void aFileSystemComesOutAsItWentIn(int unit, String size) {
    Path source = fileSystem("96M", Path.of("src"));
    try (ServerProcess server = serve(unit, size)) {
      roundTrip(server, source);
    }
  }

  @Test
  void aFileSystemOfSeveralHundredMebibytesComesOutAsItWentIn() {
    Path source = fileSystem("700M", Path.of(System.getProperty("java.home")));
    try (ServerProcess server = serve(4096, "1G")) {
      roundTrip(server, source);
    }
  }

  @Test
  void theDataSurvivesAnotherStart() {
    Path source = fileSystem("96M", Path.of("src"));
    try (ServerProcess server = serve(4096, "1G")) {
      Tool.run("nbdcopy", source.toString(), server.uri()).ok();
      assertThat(server.stop()).isZero();
      assertThat(server.socket()).doesNotExist();
    }
    try (ServerProcess server = ServerProcess.serve(directory.resolve("v.img"))) {
      compare(server, source);
    }
  }

  /** In and out by two programs each, the image as sparse as its source in every place. */
  private void roundTrip(ServerProcess server, Path source) {
    Tool.run("nbdcopy", "--flush", source.toString(), server.uri()).ok();
    compare(server, source);
    assertThat(Tool.allocatedBytes(server.image())).isLessThan(allowed(source));
    assertThat(mapped(server)).isBetween(1L, allowed(source));

    Path copied = out(source, "nbdcopy.raw", "nbdcopy", server.uri());
    assertThat(Tool.run("cmp", source.toString(), copied.toString()).exit()).isZero();
    Path converted =
        out(source, "convert.raw", "qemu-img", "convert", "-f", "raw", "-O", "raw", server.uri());
    assertThat(Tool.run("cmp", source.toString(), converted.toString()).exit()).isZero();

    Tool.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", source.toString(), server.uri())
        .ok();
    compare(server, source);
    assertThat(Tool.allocatedBytes(server.image())).isLessThan(allowed(source));
  }

  private static void compare(ServerProcess server, Path source) {
    Tool.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source.toString(), server.uri()).ok();
  }

  /** A copy made by {@code command}, cut to the source's size; must be sparse and a clean ext4. */
  private Path out(Path source, String name, String... command) {
    Path copy = directory.resolve(name);
    String[] whole = java.util.Arrays.copyOf(command, command.length + 1);
    whole[command.length] = copy.toString();
    Tool.run(whole).ok();
    assertThat(Tool.allocatedBytes(copy)).as(name).isLessThan(allowed(source));
    try (var file =
        java.nio.channels.FileChannel.open(copy, java.nio.file.StandardOpenOption.WRITE)) {
      file.truncate(Files.size(source));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    Tool.run("e2fsck", "-fn", copy.toString()).ok();
    return copy;
  }

  private static long mapped(ServerProcess server) {
    String totals = Tool.run("nbdinfo", "--map", "--totals", server.uri()).ok().out();
    return totals
        .lines()
        .filter(line -> line.strip().endsWith("data"))
        .mapToLong(line -> Long.parseLong(line.strip().replaceFirst(" .*", "")))
        .sum();
  }

  private static long allowed(Path source) {
    return Tool.allocatedBytes(source) * 102 / 100 + MIB;
  }

  private Path fileSystem(String size, Path tree) {
    Path image = directory.resolve("source.raw");
    Tool.run("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), image.toString(), size).ok();
    // mke2fs may write zeros; holes are what "as sparse as its source" is measured by
    Tool.run("fallocate", "--dig-holes", image.toString()).ok();
    return image;
  }

  private ServerProcess serve(int unit, String size) {
    return ServerProcess.serve(
        directory.resolve("v.img"), "--size", size, "--data-unit", "" + unit);
  }
}
