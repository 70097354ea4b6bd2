package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A medium that runs full fails the request that met it, and nothing else. */
class FullDiskIT {

  /**
   * Fills the volume, then frees a part: which requests fail, with which error, and what is left.
   */
  private static final String CLIENT =
      """
      import nbd, os, sys
      h = nbd.NBD(); h.connect_uri(sys.argv[1])
      piece, written, errors = 1 << 20, {}, set()
      for i in range(48):
          data = os.urandom(piece)
          try:
              h.pwrite(data, i * piece); written[i] = data
          except nbd.Error as e:
              errors.add(e.errno)
      assert errors == {"ENOSPC"}, errors
      assert len(written) >= 20, len(written)
      def check():
          for i, data in written.items():
              assert bytes(h.pread(piece, i * piece)) == data, i
      check()
      h.trim(4 * piece, 0)
      for i in range(4): written[i] = bytes(piece)
      data = os.urandom(2 * piece)
      h.pwrite(data, 50 * piece)
      assert bytes(h.pread(2 * piece, 50 * piece)) == data
      check()
      h.flush()
      """;

  @TempDir private Path directory;
  private Path small;

  @BeforeEach
  void smallDisk() throws IOException {
    Tool.needPython("nbd");
    assumeTrue(Tool.run("id", "-u").out().strip().equals("0"), "needs root to mount a small disk");
    small = Files.createDirectory(directory.resolve("small"));
    assumeTrue(
        Tool.run("mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", small.toString()).exit() == 0,
        "needs the right to mount a tmpfs");
  }

  @AfterEach
  void unmount() {
    if (small != null) {
      Tool.run("umount", small.toString());
    }
  }

  @Test
  void theRequestThatDoesNotFitFailsAndTheVolumeStaysUsable() {
    try (ServerProcess server = ServerProcess.serve(small.resolve("v.img"), "--size", "64M")) {
      Tool.python(CLIENT, server.uri()).ok();
      assertThat(server.stop()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 512})
  void aCampaignOnAFullDiskFindsNothingElseChanged(int unit) {
    try (ServerProcess server =
        ServerProcess.serve(small.resolve("v.img"), "--size", "64M", "--data-unit", "" + unit)) {
      Tool.run(
              "../bench/torture",
              "--uri",
              server.uri(),
              "--unit",
              "" + unit,
              "--ops",
              "6000",
              "--seed",
              "" + (Seeds.next(FullDiskIT.class) & 0x7FFF_FFFF),
              "--tolerate",
              "ENOSPC")
          .ok();
    }
  }
}
