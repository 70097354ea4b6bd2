package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Seeds;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What lies in the image is AES-256-XTS of what clients wrote, computed by another library. */
class CiphertextIT {

  private static final int MIB = 1 << 20;

  /** Prints AES-256-XTS of FILE's unit at N, for each N given, as hex; tweak: N little-endian. */
  private static final String ORACLE =
      """
      import sys
      from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
      key, plain, unit = open(sys.argv[1], "rb").read(), open(sys.argv[2], "rb"), int(sys.argv[3])
      key = bytes.fromhex(key.decode().strip()) if len(key) > 64 else key
      first = int(sys.argv[4])
      for n in map(int, sys.argv[5].split(",")):
          plain.seek((n - first) * unit)
          e = Cipher(algorithms.AES(key), modes.XTS(n.to_bytes(16, "little"))).encryptor()
          print((e.update(plain.read(unit)) + e.finalize()).hex())
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void tools() {
    Tool.need("nbdcopy", "qemu-io");
    Tool.needPython("nbd");
    Tool.needPython("cryptography.hazmat");
  }

  @ParameterizedTest
  @CsvSource({"4096, 64M, 0", "512, 64M, 0", "4096, 3G, 2200", "512, 3G, 2200"})
  void theMediumHoldsCiphertextAndNothingElse(int unit, String size, long atMib)
      throws IOException {
    SplittableRandom random = Seeds.random(CiphertextIT.class);
    byte[] plain = Seeds.bytes(random, 16 * MIB);
    Path source = Files.write(directory.resolve("plain"), plain);
    Path image = directory.resolve("v.img");
    try (ServerProcess server =
        ServerProcess.serve(image, "--size", size, "--data-unit", "" + unit)) {
      Tool.python(
              "import nbd, sys; h = nbd.NBD(); h.connect_uri(sys.argv[1]); d = open(sys.argv[2],"
                  + " 'rb').read(); [h.pwrite(d[i:i+(1<<20)], int(sys.argv[3]) + i) for i in"
                  + " range(0, len(d), 1<<20)]; h.flush()",
              server.uri(),
              source,
              atMib * MIB)
          .ok();
      assertThat(server.stop()).isZero();
    }
    long firstUnit = atMib * MIB / unit;
    int units = plain.length / unit;
    long[] sampled = random.longs(40, firstUnit, firstUnit + units).toArray();
    sampled[0] = firstUnit;
    sampled[1] = firstUnit + units - 1;
    String[] expected = oracle(source, unit, firstUnit, sampled);
    for (int i = 0; i < sampled.length; i++) {
      String found = java.util.HexFormat.of().formatHex(read(image, sampled[i] * unit, unit));
      assertThat(found).as("data unit %d", sampled[i]).isEqualTo(expected[i]);
    }
    assertThat(blocksOf(plain, read(image, atMib * MIB, plain.length))).isZero();
    assertThat(Tool.allocatedBytes(image)).isBetween(16L * MIB, 17L * MIB);
  }

  private String[] oracle(Path source, int unit, long firstUnit, long[] units) {
    String list =
        Arrays.stream(units).mapToObj(Long::toString).reduce((a, b) -> a + "," + b).orElseThrow();
    return Tool.python(ORACLE, directory.resolve("v.img.key"), source, unit, firstUnit, list)
        .ok()
        .out()
        .split("\n");
  }

  /** How many aligned 16-byte blocks of {@code medium} are blocks of {@code plain}. */
  private static long blocksOf(byte[] plain, byte[] medium) {
    Set<ByteBuffer> known = new HashSet<>();
    for (int i = 0; i < plain.length; i += 16) {
      known.add(ByteBuffer.wrap(plain, i, 16));
    }
    long found = 0;
    for (int i = 0; i < medium.length; i += 16) {
      found += known.contains(ByteBuffer.wrap(medium, i, 16)) ? 1 : 0;
    }
    return found;
  }

  private static byte[] read(Path file, long offset, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file)) {
      while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) > 0) {
        // reads on
      }
    }
    return buffer.array();
  }
}
