package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server at work, seen by another HTTP client and by keyslot top. */
@Timeout(120)
class MetricsIT {

  /** Python's own HTTP client: prints status and body. */
  private static final String SCRAPE =
      "import sys, urllib.request as r; a = r.urlopen(sys.argv[1]); print(a.status);"
          + " print(a.read().decode())";

  private static final String CLIENT =
      """
      import nbd, sys
      h = nbd.NBD(); h.connect_uri(sys.argv[1])
      for i in range(20):
          h.pwrite(bytearray(65536), i * 65536)
      h.pread(512, 0)
      h.flush()
      h.shutdown()
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @Test
  void countsWhatAnotherProgramWrote() {
    Tool.needPython("nbd");
    Path image = directory.resolve("v.img");
    try (ServerProcess server =
        ServerProcess.serve(image, "--size", "16M", "--metrics", "127.0.0.1:0")) {
      Pattern line = Pattern.compile("metrics at (\\S+)");
      Waiting.until("the line that says where", () -> line.matcher(server.output()).find());
      Matcher at = line.matcher(server.output());
      assertThat(at.find()).isTrue();
      Tool.python(CLIENT, server.uri()).ok();
      String numbers = Tool.python(SCRAPE, at.group(1)).ok().out();
      assertThat(numbers)
          .startsWith("200\n")
          .contains("\nkeyslot_nbd_requests_total{command=\"write\"} 20\n")
          .contains("\nkeyslot_nbd_written_bytes_total 1310720\n")
          .contains("\nkeyslot_nbd_requests_total{command=\"flush\"} 1\n")
          .contains("\nkeyslot_keyslots 32\n")
          .contains("\nkeyslot_keyslots_programmed 1\n")
          .contains("\nkeyslot_keyslot_programs_total 1\n")
          .contains("\nkeyslot_nbd_connections_opened_total 1\n");
      String screen = ServerProcess.keyslot("top", at.group(1), "--once").ok().out();
      assertThat(screen)
          .contains("keyslots      32: 1 hold a key, 0 in use")
          .containsPattern("(?m)^write +0 +0\\.0 +- +- +20$");
      assertThat(server.stop()).isZero();
      assertThat(ServerProcess.keyslot("top", at.group(1), "--once").err())
          .startsWith("keyslot: metrics must be readable: url=" + at.group(1));
    }
  }

  @Test
  void anAddressForEverybodyNeedsToBeAllowed() {
    Path image = directory.resolve("w.img");
    Tool.Result refused =
        ServerProcess.keyslot("serve", image.toString(), "--size", "1M", "--metrics", "0.0.0.0:0");
    assertThat(refused.exit()).isEqualTo(2);
    assertThat(refused.err()).contains("needs --insecure-listen: metrics=0.0.0.0:0");
    assertThat(image).doesNotExist();
  }

  /** A recording begun with the process is whole after a signal ended it. */
  @Test
  void aFlightRecordingOutlivesTheSignal() throws IOException {
    Tool.need("env");
    Path recording = directory.resolve("keyslot.jfr");
    List<String> wrapper =
        List.of("env", "JAVA_TOOL_OPTIONS=-XX:StartFlightRecording=filename=" + recording);
    try (ServerProcess server =
        ServerProcess.serveUnder(wrapper, directory.resolve("r.img"), "--size", "16M")) {
      Tool.run("nbdinfo", "--size", server.uri()).ok();
      assertThat(server.stop()).isZero();
    }
    assertThat(RecordingFile.readAllEvents(recording)).isNotEmpty();
  }
}
