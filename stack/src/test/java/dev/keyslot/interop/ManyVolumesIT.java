package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Volumes with keys of their own on one image, many more than the 32 keyslots: fio writes all and
 * verifies each, a hundred at a time, and then verifies all once more.
 *
 * <p>100 volumes; 1,000 with {@code -Dkeyslot.long}.
 */
class ManyVolumesIT {

  private static final int VOLUME_BYTES = 256 << 10;
  private static final int TOGETHER = 100;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @Test
  void allVolumesVerifyAlthoughTheirKeysTakeTurnsInTheSlots() throws IOException {
    Tool.need("fio");
    int volumes = Tool.isLongRun() ? 1000 : 100;
    long seed = Seeds.next(ManyVolumesIT.class) & 0xFFFF_FFFFL;
    try (ServerProcess server =
        ServerProcess.serve(directory.resolve("v.img"), arguments(volumes))) {
      List<Path> jobs = new ArrayList<>();
      for (int first = 0; first < volumes; first += TOGETHER) {
        jobs.add(jobs(server, first, seed));
      }
      for (Path file : jobs) {
        assertThat(Tool.run("fio", file.toString()).ok().err()).doesNotContain("verify");
      }
      for (Path file : jobs) {
        assertThat(Tool.run("fio", "--verify_only", file.toString()).ok().err())
            .doesNotContain("verify");
      }
      assertThat(server.stop()).isZero();
    }
  }

  private String[] arguments(int volumes) {
    List<String> arguments = new ArrayList<>(List.of("--size", "" + volumes * VOLUME_BYTES));
    for (int i = 0; i < volumes; i++) {
      arguments.add("--volume");
      arguments.add(
          "v%d=%d+%d,key-file=%s"
              .formatted(i, (long) i * VOLUME_BYTES, VOLUME_BYTES, directory.resolve(i + ".key")));
    }
    return arguments.toArray(String[]::new);
  }

  /** One job for each of a hundred volumes, each with chance of its own. */
  private Path jobs(ServerProcess server, int first, long seed) throws IOException {
    StringBuilder file =
        new StringBuilder(
            """
            [global]
            ioengine=nbd
            thread
            rw=randwrite
            bs=4k
            size=256k
            iodepth=8
            verify=crc32c
            verify_fatal=1
            verify_state_save=0
            group_reporting
            """);
    for (int i = first; i < first + TOGETHER; i++) {
      file.append(
          "[v%d]%nrandseed=%d%nuri=nbd+unix:///v%d?socket=%s%n"
              .formatted(i, seed + i, i, server.socket()));
    }
    return Files.writeString(directory.resolve("jobs" + first), file);
  }
}
