package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel's ext4 and XFS on top: nbdfuse, a loop device, a tree of files, fstrim, fsck. */
class MountIT {

  private static final long MIB = 1 << 20;

  @TempDir(factory = Workspace.class)
  private Path directory;

  private Path fuse;
  private Path mounted;
  private Process nbdfuse;

  @BeforeEach
  void tools() throws IOException {
    Tool.need("nbdfuse", "fusermount3", "mkfs.ext4", "losetup", "mount", "fstrim", "e2fsck", "cp");
    assumeTrue(Files.isWritable(Path.of("/dev/fuse")), "needs /dev/fuse");
    assumeTrue(Tool.run("id", "-u").out().strip().equals("0"), "needs root for a loop mount");
    fuse = Files.createDirectory(directory.resolve("fuse"));
    mounted = Files.createDirectory(directory.resolve("mounted"));
  }

  @AfterEach
  void unmount() throws InterruptedException {
    if (nbdfuse != null) {
      Tool.run("umount", mounted.toString());
      Tool.run("fusermount3", "-u", fuse.toString());
      nbdfuse.destroy();
      nbdfuse.waitFor(10, TimeUnit.SECONDS);
    }
  }

  /** XFS refuses to be smaller than 300 MB. */
  @ParameterizedTest
  @CsvSource({"ext4, 4096, 256M", "ext4, 512, 256M", "xfs, 4096, 400M"})
  void aFileSystemLivesShrinksAndStaysClean(String kind, int unit, String size) throws IOException {
    boolean xfs = kind.equals("xfs");
    if (xfs) {
      Tool.need("mkfs.xfs", "xfs_repair");
    }
    Path image = directory.resolve("v.img");
    try (ServerProcess server =
        ServerProcess.serve(image, "--size", size, "--data-unit", "" + unit)) {
      String disk = fuseMount(server);
      if (xfs) {
        Tool.run("mkfs.xfs", "-q", "-f", disk).ok();
      } else {
        Tool.run("mkfs.ext4", "-q", "-F", "-E", "discard", disk).ok();
      }
      Tool.Result loop = Tool.run("mount", "-o", "loop", disk, mounted.toString());
      assumeTrue(
          loop.exit() == 0, "needs a kernel with loop devices and " + kind + ": " + loop.err());
      Tool.run("cp", "-r", "src", mounted.resolve("tree").toString()).ok();
      Path large = mounted.resolve("large");
      fillWithOnes(large);
      Tool.run("sync", "-f", mounted.toString()).ok();
      assertThat(Tool.run("diff", "-r", "src", mounted.resolve("tree").toString()).exit()).isZero();
      long full = Tool.allocatedBytes(image);
      assertThat(full).isGreaterThan(100 * MIB);

      Files.delete(large);
      Tool.run("sync", "-f", mounted.toString()).ok();
      Tool.Result trimmed = Tool.run("fstrim", "-v", mounted.toString());
      Tool.run("umount", mounted.toString()).ok();
      Tool.run(xfs ? "xfs_repair" : "e2fsck", xfs ? "-n" : "-fn", disk).ok();
      assertThat(Tool.run("mount", "-o", "loop", disk, mounted.toString()).exit()).isZero();
      assertThat(Tool.run("diff", "-r", "src", mounted.resolve("tree").toString()).exit()).isZero();
      assumeTrue(trimmed.exit() == 0, "fstrim has no way down here: " + trimmed.err());
      assertThat(Tool.allocatedBytes(image)).isLessThan(full - 90 * MIB);
    }
  }

  private String fuseMount(ServerProcess server) throws IOException {
    nbdfuse =
        new ProcessBuilder("nbdfuse", fuse.toString(), server.uri())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("nbdfuse.log").toFile())
            .start();
    Path disk = fuse.resolve("nbd");
    for (int waits = 0; waits < 1000 && !Files.exists(disk); waits++) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    String log = Files.readString(directory.resolve("nbdfuse.log"));
    assumeTrue(Files.exists(disk), "needs a machine where nbdfuse mounts: " + log);
    return disk.toString();
  }

  private static void fillWithOnes(Path file) throws IOException {
    byte[] ones = new byte[(int) MIB];
    java.util.Arrays.fill(ones, (byte) 1);
    try (var out = Files.newOutputStream(file)) {
      for (int i = 0; i < 100; i++) {
        out.write(ones);
      }
    }
  }
}
