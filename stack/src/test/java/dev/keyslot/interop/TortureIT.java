package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The seeded campaign of bench/torture: everything at once against a shadow copy, for both data
 * unit sizes and both address modes of the card; also with kill -9 at random moments.
 */
class TortureIT {

  private static final String TORTURE = "../bench/torture";

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.needPython("nbd");
  }

  @ParameterizedTest
  @CsvSource({"4096, 1G", "512, 1G", "4096, 3G", "512, 3G"})
  void noReadDiffersFromTheShadowCopy(int unit, String size) {
    try (ServerProcess server =
        ServerProcess.serve(directory.resolve("v.img"), "--size", size, "--data-unit", "" + unit)) {
      String operations = Tool.isLongRun() ? "100000" : "10000";
      Tool.Result result =
          Tool.run(
              TORTURE,
              "--uri",
              server.uri(),
              "--unit",
              "" + unit,
              "--ops",
              operations,
              "--seed",
              seed(),
              "--fresh",
              "--sparse");
      assertThat(result.out()).contains("not offered: nothing");
      result.ok();
    }
  }

  @ParameterizedTest
  @CsvSource({"4096, 1G", "512, 3G"})
  void afterKillEverySectorIsOldOrNewAndWhatWasFlushedIsThere(int unit, String size) {
    Path image = directory.resolve("v.img");
    Path socket = directory.resolve("v.nbd");
    String server =
        String.join(
            " ",
            ServerProcess.command(
                "serve",
                image.toString(),
                "--size",
                size,
                "--data-unit",
                "" + unit,
                "--unix",
                socket.toString()));
    Tool.run(
            TORTURE,
            "--uri",
            "nbd+unix:///?socket=" + socket,
            "--unit",
            "" + unit,
            "--kill",
            Tool.isLongRun() ? "40" : "4",
            "--seed",
            seed(),
            "--server-cmd",
            server)
        .ok();
  }

  @Test
  void theCampaignSeesThroughServersThatAreBrokenOnPurpose() {
    Tool.run(TORTURE, "--self-test").ok();
  }

  private static String seed() {
    return Long.toString(Seeds.next(TortureIT.class) & 0x7FFF_FFFF);
  }
}
