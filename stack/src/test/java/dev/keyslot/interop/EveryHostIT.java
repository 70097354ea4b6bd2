package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each kind of host serves other people's programs and leaves another library's ciphertext. */
class EveryHostIT {

  private static final int MIB = 1 << 20;
  private static final int UNIT = 4096;

  /** AES-256-XTS of every unit of FILE, tweak: its number, little-endian; to OUT. */
  private static final String ORACLE =
      """
      import sys
      from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
      key, plain = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb").read()
      key = bytes.fromhex(key.decode().strip()) if len(key) > 64 else key
      out, unit = open(sys.argv[3], "wb"), 4096
      for n in range(len(plain) // unit):
          e = Cipher(algorithms.AES(key), modes.XTS(n.to_bytes(16, "little"))).encryptor()
          out.write(e.update(plain[n * unit:(n + 1) * unit]) + e.finalize())
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @ParameterizedTest
  @EnumSource
  void copiesComeBackAndTheMediumHoldsCiphertext(HostKind host) throws IOException {
    Tool.need("nbdcopy");
    Tool.needPython("cryptography.hazmat");
    byte[] plain = Seeds.bytes(Seeds.random(EveryHostIT.class), 4 * MIB);
    Path source = Files.write(directory.resolve("plain"), plain);
    Path image = directory.resolve("v.img");
    Path back = directory.resolve("back");
    try (ServerProcess server = serve(image, host)) {
      String line = "host " + host.label() + ": ";
      Waiting.until("the line of the host", () -> server.output().contains(line));
      Tool.run("nbdcopy", source.toString(), server.uri()).ok();
      Tool.run("nbdcopy", server.uri(), back.toString()).ok();
      assertThat(server.stop()).isZero();
    }
    assertThat(Files.mismatch(back, source)).isEqualTo(plain.length); // the rest is zeros
    Path expected = directory.resolve("expected");
    Tool.python(ORACLE, directory.resolve("v.img.key"), source, expected).ok();
    byte[] medium = Files.readAllBytes(image);
    byte[] oracle = Files.readAllBytes(expected);
    int first = Arrays.mismatch(Arrays.copyOf(medium, plain.length), oracle);
    assertThat(first).as("first byte of data unit %d differs", first / UNIT).isEqualTo(-1);
  }

  @ParameterizedTest
  @EnumSource
  void fioVerifies(HostKind host) {
    Tool.need("fio");
    long seed = Seeds.next(EveryHostIT.class) & 0xFFFF_FFFFL;
    try (ServerProcess server = serve(directory.resolve("v.img"), host)) {
      Tool.Result result =
          Tool.run(
              "fio",
              "--name=v",
              "--ioengine=nbd",
              "--uri=" + server.uri(),
              "--thread",
              "--numjobs=2",
              "--iodepth=16",
              "--rw=randwrite",
              "--bsrange=512-128k",
              "--size=12m",
              "--offset_increment=16m",
              "--verify=crc32c",
              "--verify_fatal=1",
              "--verify_state_save=0",
              "--randseed=" + seed,
              "--group_reporting");
      assertThat(result.ok().err()).doesNotContain("verify");
      assertThat(server.stop()).isZero();
    }
  }

  private static ServerProcess serve(Path image, HostKind host) {
    return ServerProcess.serve(image, "--size", "64M", "--host", host.label());
  }
}
