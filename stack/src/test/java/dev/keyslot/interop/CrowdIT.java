package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients, and rude ones, against a server with little memory: what the process holds is read
 * from the kernel, since buffers outside the heap count for no limit of the virtual machine.
 */
@Timeout(300)
class CrowdIT {

  private static final long MIB = 1 << 20;

  /**
   * Opens 200 connections and prints the server's resident KiB before, while they idle, and after
   * each has read and written 1 MiB at the same time as all others.
   */
  private static final String CROWD =
      """
      import nbd, re, sys, threading
      def rss():
          return int(re.search(r'VmRSS:\\s+(\\d+)', open('/proc/%s/status' % sys.argv[2]).read())[1])
      first = nbd.NBD(); first.connect_uri(sys.argv[1]); first.pwrite(b'x' * (1 << 20), 0); first.pread(1 << 20, 0)
      before = rss()
      all = []
      for i in range(200):
          h = nbd.NBD(); h.connect_uri(sys.argv[1]); h.pread(512, i * 4096); all.append(h)
      idle = rss()
      failed = []
      def work(i):
          try:
              block = bytes([i % 251 + 1]) * (1 << 20)
              for j in range(3):
                  all[i].pwrite(block, i << 20)
                  assert all[i].pread(1 << 20, i << 20) == block
          except BaseException as e:
              failed.append((i, e))
      threads = [threading.Thread(target=work, args=(i,)) for i in range(200)]
      for t in threads: t.start()
      for t in threads: t.join()
      assert not failed, failed[:3]
      print(before, idle, rss())
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.needPython("nbd");
  }

  /** 64 MiB of heap; the bounds are what docs/nbd.md promises. */
  @Test
  void twoHundredConnectionsFitIntoASmallServer() {
    String heap = System.getProperty("keyslot.heap", "-Xmx64m");
    try (ServerProcess server =
        ServerProcess.serveWith(
            java.util.List.of(heap), directory.resolve("v.img"), "--size", "256M")) {
      String[] kib =
          Tool.python(CROWD, server.uri(), server.pid()).ok().out().strip().split(" ", -1);
      long before = Long.parseLong(kib[0]) * 1024;
      long idle = Long.parseLong(kib[1]) * 1024;
      long busy = Long.parseLong(kib[2]) * 1024;
      System.out.printf(
          "CrowdIT: resident MiB: one client %d, 200 idle %d, 200 busy %d%n",
          before / MIB, idle / MIB, busy / MIB);
      assertThat(idle - before).as("200 idle connections").isLessThan(32 * MIB);
      assertThat(busy).as("200 busy connections").isLessThan(320 * MIB);
      assertThat(server.output()).doesNotContain("Exception").doesNotContain("OutOfMemory");
    }
  }

  /** Eight seconds of what {@code bench/soak} does for two hours. */
  @Test
  void rudeClientsLeaveNothingBehind() {
    int seconds = 8;
    long seed = dev.keyslot.testkit.Seeds.next(CrowdIT.class) & 0x7FFF_FFFF;
    try (ServerProcess server = ServerProcess.serve(directory.resolve("v.img"), "--size", "16M")) {
      String line =
          Tool.run(
                  Tool.PYTHON,
                  "../bench/soak",
                  "--server",
                  server.socket().toString(),
                  "" + server.pid(),
                  "--seconds",
                  "" + seconds,
                  "--seed",
                  "" + seed)
              .ok()
              .out()
              .strip();
      System.out.println("CrowdIT: " + line);
      assertThat(line).contains("nothing leaked");
      assertThat(server.output()).doesNotContain("Exception").doesNotContain("internal error");
      assertThat(server.stop()).isZero();
    }
  }
}
