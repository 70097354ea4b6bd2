package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patterns written, trimmed, zeroed and read by qemu's own NBD client. */
class QemuIT {

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.need("qemu-io", "qemu-img");
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void patternsReadBackAtAnyOffset(int unit) {
    try (ServerProcess server = serve(unit)) {
      io(server, "read -P 0 0 64M");
      io(server, "write -P 0xa5 0 64k", "write -P 0x5a 65537 1000", "write -P 7 66537 3", "flush");
      io(
          server,
          "read -P 0xa5 0 64k",
          "read -P 0 65536 1",
          "read -P 0x5a 65537 1000",
          "read -P 7 66537 3",
          "read -P 0 66540 100k");
      io(server, "write -f -P 1 1M 3M", "write -P 2 2097151 2", "read -P 1 1M 1048575");
      io(server, "read -P 2 2097151 2", "read -P 1 2097153 2097151", "read -P 0 4M 1M");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void trimmedAndZeroedRangesReadZeroAndBecomeHoles(int unit) {
    try (ServerProcess server = serve(unit)) {
      io(server, "write -P 0xff 0 8M", "discard 1M 1M", "write -z 3M 1M", "write -z -u 5M 1M");
      io(server, "read -P 0xff 0 1M", "read -P 0 1M 1M", "read -P 0xff 2M 1M", "read -P 0 3M 1M");
      io(server, "read -P 0xff 4M 1M", "read -P 0 5M 1M", "read -P 0xff 6M 2M", "read -P 0 8M 1M");
      io(server, "write -z -u 100 5000", "read -P 0xff 0 100", "read -P 0 100 5000");
      io(server, "read -P 0xff 5100 4k", "discard 8193 4097", "read -P 0xff 8192 1", "flush");
      String map =
          Tool.run("qemu-img", "map", "--output=json", "-f", "raw", server.uri()).ok().out();
      for (String hole : List.of("1048576", "5242880")) {
        assertThat(map)
            .containsPattern(
                "\"start\": "
                    + hole
                    + ", \"length\": 1048576, [^}]*\"zero\": true, \"data\": false");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void manyRequestsInFlightKeepTheirData(int unit) {
    try (ServerProcess server = serve(unit)) {
      List<String> commands = new ArrayList<>();
      for (int i = 1; i <= 200; i++) {
        commands.add("aio_write -q -P " + i + " " + i * 70_001L + " 70001");
      }
      commands.add("aio_flush");
      for (int i = 1; i <= 200; i++) {
        commands.add("read -q -P " + i + " " + i * 70_001L + " 70001");
      }
      io(server, commands.toArray(String[]::new));
    }
  }

  /** All commands by one qemu-io; a pattern that does not match is a failure. */
  private static void io(ServerProcess server, String... commands) {
    List<String> words = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
    for (String command : commands) {
      words.addAll(List.of("-c", command));
    }
    words.add(server.uri());
    Tool.Result result = Tool.run(words.toArray(String[]::new)).ok();
    assertThat(result.out() + result.err())
        .doesNotContain("failed")
        .doesNotContain("Pattern verification");
  }

  private ServerProcess serve(int unit) {
    return ServerProcess.serve(
        directory.resolve("v.img"), "--size", "64M", "--data-unit", "" + unit);
  }
}
