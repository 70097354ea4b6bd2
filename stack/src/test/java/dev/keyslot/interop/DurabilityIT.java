package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seen from the kernel: fdatasync has finished before FLUSH and FUA are answered. */
class DurabilityIT {

  /** One command at a time, so that the n-th reply answers the n-th command. */
  private static final String CLIENT =
      """
      import nbd, sys
      h = nbd.NBD(); h.connect_uri(sys.argv[1])
      data = bytes(range(1, 256)) * 64
      for turn in range(3):
          h.pwrite(data[:8192], 8192)
          h.flush()
          h.pwrite(data[:4096], 65536, nbd.CMD_FLAG_FUA)
          h.pwrite(data[:100], 65636, nbd.CMD_FLAG_FUA)
          h.zero(8192, 131072, nbd.CMD_FLAG_FUA)
          h.trim(8192, 131072, nbd.CMD_FLAG_FUA)
      """;

  private static final List<String> COMMANDS =
      List.of("write", "flush", "fua write", "fua part write", "fua zero", "fua trim");

  /** Magic of a simple and of a structured reply, as strace -xx prints them. */
  private static final Pattern REPLY =
      Pattern.compile("\\\\x(?:67\\\\x44\\\\x66\\\\x98|66\\\\x8e\\\\x33\\\\xef)");

  private static final Pattern SYNCED =
      Pattern.compile("(?:fdatasync\\(\\d+|<\\.\\.\\. fdatasync resumed>)\\)\\s+= 0");

  @TempDir private Path directory;

  @Test
  void eachFlushAndFuaIsAnsweredAfterItsFdatasync() throws IOException {
    needTracing();
    Path trace = directory.resolve("trace");
    List<String> strace =
        List.of(
            "strace",
            "-f",
            "-xx",
            "-s",
            "64",
            "-o",
            trace.toString(),
            "-e",
            "trace=fdatasync,fsync,write,writev,sendto,sendmsg");
    try (ServerProcess server =
        ServerProcess.serveUnder(strace, directory.resolve("v.img"), "--size", "16M")) {
      Tool.python(CLIENT, server.uri()).ok();
      server.stopTree();
    }
    List<Integer> syncs = syncsBeforeEachReply(Files.readAllLines(trace));
    assertThat(syncs).hasSizeGreaterThanOrEqualTo(3 * COMMANDS.size());
    for (int i = 0; i < 3 * COMMANDS.size(); i++) {
      String command = COMMANDS.get(i % COMMANDS.size());
      if (!command.equals("write")) {
        assertThat(syncs.get(i)).as("syncs before reply %d (%s)", i, command).isPositive();
      }
    }
    assertThat(syncs.stream().mapToInt(n -> n).sum())
        .as("a plain write needs no sync")
        .isLessThanOrEqualTo(3 * COMMANDS.size() * 2);
  }

  @Test
  void keySidecarImageAndDirectoryAreSyncedBeforeTheSocketIsThere() throws IOException {
    needTracing();
    Path trace = directory.resolve("trace");
    List<String> strace =
        List.of(
            "strace",
            "-f",
            "-y",
            "-o",
            trace.toString(),
            "-e",
            "trace=fdatasync,fsync,bind,link,linkat,rename,renameat,renameat2");
    try (ServerProcess server =
        ServerProcess.serveUnder(strace, directory.resolve("v.img"), "--size", "16M")) {
      server.stopTree();
    }
    String before = Files.readString(trace);
    before = before.substring(0, before.indexOf("v.img.nbd\""));
    assertThat(before)
        .containsPattern("sync\\(\\d+<[^>]*v\\.img\\.key(?!slot)[^>]*>")
        .containsPattern("sync\\(\\d+<[^>]*v\\.img>")
        .containsPattern("sync\\(\\d+<[^>]*v\\.img\\.keyslot[^>]*>")
        .containsPattern("sync\\(\\d+<" + Pattern.quote(directory.toRealPath().toString()) + ">");
  }

  /**
   * The kernel may drop what it could not write and call the next sync a success: we do not ask
   * again.
   */
  private static final String CLIENT_OF_A_FAILED_SYNC =
      """
      import errno, nbd, sys
      h = nbd.NBD(); h.connect_uri(sys.argv[1])
      def outcome(call):
          try:
              call(); return "OK"
          except nbd.Error as e:
              return errno.errorcode[e.errnum]
      data = b"x" * 8192
      print(outcome(lambda: h.pwrite(data, 0)), outcome(lambda: h.flush()), outcome(lambda: h.flush()),
            outcome(lambda: h.pwrite(data, 8192, nbd.CMD_FLAG_FUA)), outcome(lambda: h.pwrite(data, 16384)),
            outcome(lambda: h.pread(8192, 0)))
      """;

  @Test
  void aFailedSyncIsEioAndStaysSoUntilRestart() throws IOException {
    needTracing();
    Path image = directory.resolve("v.img");
    ServerProcess.keyslot("create", image.toString(), "--size", "16M").ok();
    List<String> failFirstSync =
        List.of(
            "strace",
            "-f",
            "-o",
            directory.resolve("trace").toString(),
            "-e",
            "trace=fdatasync",
            "-e",
            "inject=fdatasync:error=EIO:when=1");
    try (ServerProcess server = ServerProcess.serveUnder(failFirstSync, image)) {
      assertThat(Tool.python(CLIENT_OF_A_FAILED_SYNC, server.uri()).ok().out().strip())
          .isEqualTo("OK EIO EIO EIO OK OK");
      server.stopTree();
    }
    try (ServerProcess server = ServerProcess.serve(image)) {
      assertThat(Tool.python(CLIENT_OF_A_FAILED_SYNC, server.uri()).ok().out().strip())
          .isEqualTo("OK OK OK OK OK OK");
    }
  }

  @Test
  void aReplyBeforeItsSyncIsSeen() {
    assertThat(
            syncsBeforeEachReply(
                List.of(
                    "7 writev(9, [{iov_base=\"\\x67\\x44\\x66\\x98\\x00\"}], 1) = 16",
                    "8 fdatasync(5 <unfinished ...>",
                    "7 write(9, \"\\x66\\x8e\\x33\\xef\\x00\", 20) = 20",
                    "8 <... fdatasync resumed>) = 0",
                    "8 fdatasync(5) = -1 EIO (Input/output error)",
                    "8 fdatasync(5)                 = 0",
                    "7 sendto(9, \"\\x67\\x44\\x66\\x98\\x00\", 16, 0, NULL, 0) = 16")))
        .containsExactly(0, 0, 2);
  }

  private static void needTracing() {
    Tool.need("strace");
    Tool.needPython("nbd");
    Assumptions.assumeTrue(
        Tool.run("strace", "-o", "/dev/null", "true").exit() == 0, "needs the right to trace");
  }

  /** For each reply in order: how many syncs finished since the reply before it. */
  private static List<Integer> syncsBeforeEachReply(List<String> trace) {
    List<Integer> out = new ArrayList<>();
    int syncs = 0;
    for (String line : trace) {
      if (SYNCED.matcher(line).find()) {
        syncs++;
      }
      Matcher reply = REPLY.matcher(line);
      while (reply.find()) {
        out.add(syncs);
        syncs = 0;
      }
    }
    return out;
  }
}
