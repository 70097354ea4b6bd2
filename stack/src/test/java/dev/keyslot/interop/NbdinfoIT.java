package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nbdinfo learns from the handshake. */
class NbdinfoIT {

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.need("nbdinfo");
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void sizeAndFlagsAreWhatWasAskedFor(int unit) {
    try (ServerProcess server =
        ServerProcess.serve(
            directory.resolve("a.img"), "--size", "67112960", "--data-unit", "" + unit)) {
      String json = Tool.run("nbdinfo", "--json", server.uri()).ok().out();
      assertThat(json)
          .contains("\"protocol\": \"newstyle-fixed\"")
          .contains("\"structured\": true")
          .contains("\"export-size\": 67112960")
          .contains("\"is_read_only\": false")
          .contains("\"can_fua\": true")
          .contains("\"can_flush\": true")
          .contains("\"can_trim\": true")
          .contains("\"can_zero\": true")
          .contains("\"can_fast_zero\": true")
          .contains("\"can_df\": true")
          .contains("\"can_multi_conn\": true")
          .contains("\"base:allocation\"")
          .contains("\"block_size_minimum\": 1,")
          .contains("\"block_size_preferred\": " + unit);
      assertThat(Tool.run("nbdinfo", "--map", "--totals", server.uri()).ok().out())
          .contains("67112960")
          .contains("100.0%")
          .contains("hole,zero");
    }
  }

  /** 258: ciphertext (2) under a key of generation 1 (bits 8 to 15) and group 0. */
  @Test
  void theCryptoMapTellsCiphertextFromHoles() {
    Tool.needPython("nbd");
    try (ServerProcess server = ServerProcess.serve(directory.resolve("a.img"), "--size", "4M")) {
      String write =
          "import nbd, sys; h = nbd.NBD(); h.connect_uri(sys.argv[1]); h.pwrite(b'k' * 65536, 1 <<"
              + " 20)";
      Tool.python(write, server.uri()).ok();
      String map = Tool.run("nbdinfo", "--map=x-keyslot:crypto", server.uri()).ok().out();
      assertThat(map.lines().map(line -> line.strip().replaceAll(" +", " ")))
          .containsExactly("0 1048576 1", "1048576 65536 258", "1114112 3080192 1");
    }
  }

  @Test
  void theListNamesTheExportAndAnUnknownOneIsRefused() {
    try (ServerProcess server =
        ServerProcess.serve(directory.resolve("a.img"), "--size", "4M", "--export", "vault")) {
      String list = Tool.run("nbdinfo", "--list", server.uri()).ok().out();
      assertThat(list).contains("export=\"vault\"");
      String named = server.uri().replace("///", "///vault");
      assertThat(Tool.run("nbdinfo", "--size", named).ok().out().strip()).isEqualTo("4194304");
      String unknown = server.uri().replace("///", "///nobody");
      assertThat(Tool.run("nbdinfo", "--size", unknown).exit()).isNotZero();
      assertThat(Tool.run("nbdinfo", "--size", named).exit()).isZero();
    }
  }

  @Test
  void aReadOnlyServerSaysSo() {
    Path image = directory.resolve("a.img");
    assertThat(ServerProcess.keyslot("create", image.toString(), "--size", "4M").exit()).isZero();
    try (ServerProcess server = ServerProcess.serve(image, "--read-only")) {
      assertThat(Tool.run("nbdinfo", "--is", "readonly", server.uri()).exit()).isZero();
    }
  }
}
