package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** fio's own checksums over random writes and reads, 32 deep on each of four connections. */
class FioIT {

  @TempDir(factory = Workspace.class)
  private Path directory;

  @ParameterizedTest
  @CsvSource({"4096, 1G, 4k-1m", "512, 1G, 4k-1m", "512, 1G, 512-16k", "4096, 3G, 4k-1m"})
  void everyBlockVerifies(int unit, String size, String blocks) {
    Tool.need("fio");
    long seed = Seeds.next(FioIT.class) & 0xFFFF_FFFFL;
    try (ServerProcess server =
        ServerProcess.serve(directory.resolve("v.img"), "--size", size, "--data-unit", "" + unit)) {
      Tool.Result result =
          Tool.run(
              "fio",
              "--name=v",
              "--ioengine=nbd",
              "--uri=" + server.uri(),
              "--thread",
              "--numjobs=4",
              "--iodepth=32",
              "--rw=randwrite",
              "--bsrange=" + blocks,
              "--size=" + (Tool.isLongRun() ? "240m" : "64m"),
              "--offset_increment=" + (size.equals("3G") ? "700m" : "250m"),
              "--verify=crc32c",
              "--verify_fatal=1",
              "--verify_state_save=0",
              "--verify_backlog=64",
              "--randseed=" + seed,
              "--group_reporting");
      assertThat(result.ok().err()).doesNotContain("verify");
    }
  }
}
