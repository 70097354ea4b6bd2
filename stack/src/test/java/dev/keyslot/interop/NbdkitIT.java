package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A third client stack in front of the server: nbdkit's nbd plugin, with filters that disturb. */
@Timeout(300)
class NbdkitIT {

  private static final int MIB = 1 << 20;

  /** A shell command that opens nbdkit's URI as h, up to the script's first line. */
  private static final String CLIENT =
      Tool.PYTHON
          + " -c \"import nbd, os\nh = nbd.NBD()\nh.set_strict_mode(0)\nh.connect_uri('$uri')\n";

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.need("nbdkit", "nbdcopy", "cmp");
    Tool.needPython("nbd");
  }

  /** Runs {@code command}, a shell line where $uri is nbdkit's, with these filters. */
  private Tool.Result through(ServerProcess server, String filters, String command) {
    String[] head = {"nbdkit", "-U", "-", "nbd", "uri=" + server.uri()};
    String[] tail = filters.split(" ", -1);
    String[] whole = java.util.Arrays.copyOf(head, head.length + tail.length + 2);
    System.arraycopy(tail, 0, whole, head.length, tail.length);
    whole[whole.length - 2] = "--run";
    whole[whole.length - 1] = command;
    return Tool.run(whole);
  }

  private ServerProcess serve() {
    return ServerProcess.serve(directory.resolve("v.img"), "--size", "16M");
  }

  private Path noise() throws IOException {
    Path file = directory.resolve("noise");
    byte[] bytes = new byte[4 * MIB];
    new java.util.SplittableRandom(20261127).nextBytes(bytes);
    Files.write(file, bytes);
    return file;
  }

  /** Half of all requests are answered slowly, in whatever order. */
  @Test
  void copiesThroughDelaysAreWhole() throws IOException {
    Path noise = noise();
    try (ServerProcess server = serve()) {
      through(
              server,
              "--filter=delay rdelay=2ms wdelay=2ms",
              "nbdcopy --connections=4 --requests=16 '" + noise + "' \"$uri\"")
          .ok();
      Path back = directory.resolve("back");
      Tool.run("nbdcopy", server.uri(), back.toString()).ok();
      assertThat(Tool.run("cmp", "-n", "" + 4 * MIB, noise.toString(), back.toString()).exit())
          .isZero();
    }
  }

  /**
   * The filter fails a tenth of requests before they reach us: what it passed on is still right.
   */
  @Test
  void clientsThatMeetErrorsOnTheWayFindWhatWasAcknowledged() {
    try (ServerProcess server = serve()) {
      String client =
          """
          acknowledged = []
          for i in range(400):
              block = bytearray([1 + i %% 250]) * 8192
              try:
                  h.pwrite(block, i * 8192)
                  acknowledged.append((i, block))
              except nbd.Error as e:
                  assert e.errnum, e
          assert 0 < len(acknowledged) < 400, len(acknowledged)
          d = nbd.NBD()
          d.connect_uri('%s')
          for i, block in acknowledged:
              assert d.pread(8192, i * 8192) == block, i
          print('checked', len(acknowledged))
          """
              .formatted(server.uri());
      Tool.Result result =
          through(server, "--filter=error error=EIO error-pwrite-rate=10%", CLIENT + client + "\"");
      assertThat(result.ok().out()).contains("checked ");
    }
  }

  /** The filter sends us what its client would not: whole blocks of 64 KiB and nothing else. */
  @Test
  void blockSizePolicyIsMetFromBothSides() {
    try (ServerProcess server = serve()) {
      String client =
          """
          h.set_strict_mode(0)
          assert h.get_block_size(nbd.SIZE_MINIMUM) == 65536
          h.pwrite(bytearray(b'k') * 65536, 65536)
          try:
              h.pwrite(b'x', 65537)
              assert False
          except nbd.Error as e:
              assert e.errno == 'EINVAL', e
          assert h.pread(65536, 65536) == bytearray(b'k') * 65536
          print('policy held')
          """;
      Tool.Result result =
          through(
              server,
              "--filter=blocksize-policy blocksize-error-policy=error blocksize-minimum=65536"
                  + " blocksize-preferred=65536 blocksize-maximum=1048576",
              CLIENT + client + "\"");
      assertThat(result.ok().out()).contains("policy held");
      String direct =
          "import nbd, sys; h = nbd.NBD(); h.connect_uri(sys.argv[1]);"
              + " assert h.pread(3, 65535) == b'\\0kk'; print('same bytes')";
      assertThat(Tool.python(direct, server.uri()).ok().out()).contains("same bytes");
    }
  }

  /** kill -9 under a client: it connects again by itself, and what it had flushed is there. */
  @Test
  void aClientThatRetriesOutlivesACrashOfTheServer() {
    try (ServerProcess server = serve()) {
      String again =
          ServerProcess.command(
                  "serve", server.image().toString(), "--unix", server.socket().toString())
              .stream()
              .map(word -> "'" + word + "'")
              .collect(Collectors.joining(",", "[", "]"));
      String client =
          """
          import signal, subprocess
          h.pwrite(bytearray(b'k') * 65536, 4097)
          h.flush()
          os.kill(%d, signal.SIGKILL)
          server = subprocess.Popen(%s, stdout=subprocess.DEVNULL)
          try:
              assert h.pread(65536, 4097) == bytearray(b'k') * 65536
              h.pwrite(bytearray(b'l') * 512, 0)
              h.flush()
              assert h.pread(513, 0) == bytearray(b'l') * 512 + bytearray(1)
              print('went on')
          finally:
              server.terminate()
              server.wait()
          """
              .formatted(server.pid(), again);
      String filter = "--filter=retry retries=60 retry-delay=1 retry-exponential=no";
      assertThat(through(server, filter, CLIENT + client + "\"").ok().out()).contains("went on");
    }
  }
}
