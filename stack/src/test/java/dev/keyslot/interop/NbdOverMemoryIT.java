package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.NbdFixture;
import dev.keyslot.testkit.RamExport;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The NBD server alone, over memory, with other people's clients. */
class NbdOverMemoryIT {

  private static final int SIZE = 64 << 20;

  /** Requests that libnbd would not send by itself, and the errors they must get. */
  private static final String NEGATIVE =
      """
      import nbd, errno, sys
      h = nbd.NBD()
      h.set_strict_mode(0)
      h.add_meta_context("base:allocation")
      h.connect_uri(sys.argv[1])
      size = h.get_size()
      def fails(what, code, call):
          try:
              call()
          except nbd.Error as e:
              assert e.errnum == code, (what, e)
          else:
              raise AssertionError(what)
      fails("read past end", errno.EINVAL, lambda: h.pread(2, size - 1))
      fails("write past end", errno.ENOSPC, lambda: h.pwrite(b"xx", size - 1))
      fails("trim past end", errno.ENOSPC, lambda: h.trim(4096, size))
      fails("zero past end", errno.ENOSPC, lambda: h.zero(2, size - 1))
      fails("status past end", errno.EINVAL,
            lambda: h.block_status(2, size - 1, lambda *a: 0))
      fails("unknown flag", errno.EINVAL, lambda: h.pread(2, 0, nbd.CMD_FLAG_NO_HOLE))
      fails("status of nothing", errno.EINVAL,
            lambda: h.block_status(0, 0, lambda *a: 0))
      h.pwrite(b"after all that", 1, nbd.CMD_FLAG_FUA)
      assert h.pread(16, 0) == b"\\0after all that\\0"
      h.zero(4, 3, nbd.CMD_FLAG_NO_HOLE | nbd.CMD_FLAG_FAST_ZERO)
      h.cache(4096, 0)
      h.trim(4096, 8192)
      h.flush()
      assert h.pread(16, 0) == b"\\0af\\0\\0\\0\\0all that\\0", h.pread(16, 0)
      h.shutdown()
      """;

  @TempDir private Path directory;

  private final RamExport ram = new RamExport("ram", SIZE);
  private NbdFixture fixture;

  @BeforeEach
  void serve() throws IOException {
    fixture = NbdFixture.serving(ram);
  }

  @AfterEach
  void end() throws IOException {
    fixture.close();
  }

  private String uri() {
    return "nbd+unix:///ram?socket=" + fixture.socket();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void nbdcopyMovesEveryByteInAndOut(int connections) throws IOException {
    Tool.need("nbdcopy");
    Path in = directory.resolve("in");
    Path out = directory.resolve("out");
    byte[] content = Seeds.bytes(Seeds.random(NbdOverMemoryIT.class), SIZE);
    Arrays.fill(content, 5 << 20, 20 << 20, (byte) 0);
    Files.write(in, content);
    String flag = "--connections=" + connections;
    Tool.run("nbdcopy", flag, "--flush", in.toString(), uri()).ok();
    assertThat(ram.bytes().mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
    Tool.run("nbdcopy", flag, uri(), out.toString()).ok();
    assertThat(Files.mismatch(in, out)).isEqualTo(-1);
  }

  @Test
  void libnbdWithoutItsOwnChecksGetsTheProtocolsErrors() {
    Tool.needPython("nbd");
    Tool.python(NEGATIVE, uri()).ok();
  }

  @Test
  void qemuWritesZeroesAndReadsBack() {
    Tool.need("qemu-io");
    Tool.run(
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write -P 0xa5 512 64k",
            "-c",
            "write -z -u 4k 8k",
            "-c",
            "discard 32k 4k",
            "-c",
            "flush",
            "-c",
            "read -P 0xa5 512 3584",
            "-c",
            "read -P 0 4k 8k",
            "-c",
            "read -P 0 32k 4k",
            "nbd+unix:///ram?socket=" + fixture.socket())
        .ok();
  }

  @Test
  void fioVerifiesRandomWritesOverFourConnections() {
    Tool.need("fio");
    Tool.run(
            "fio",
            "--name=v",
            "--ioengine=nbd",
            "--uri=" + uri(),
            "--rw=randwrite",
            "--bsrange=4k-1m",
            "--ba=4k",
            "--iodepth=32",
            "--numjobs=4",
            "--size=16m",
            "--offset_increment=16m",
            "--verify=crc32c",
            "--verify_state_save=0",
            "--verify_fatal=1",
            "--thread")
        .ok();
  }

  @Test
  void nbdkitCanStandBetween() {
    Tool.need("nbdkit", "nbdcopy", "nbdinfo");
    Tool.run(
            "nbdkit",
            "-U",
            "-",
            "nbd",
            uri(),
            "--filter=blocksize",
            "minblock=4096",
            "--run",
            "nbdcopy \"$uri\" null: && nbdinfo --can trim \"$uri\"")
        .ok();
  }
}
