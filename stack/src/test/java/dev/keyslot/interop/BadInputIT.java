package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Mistakes of the operator get one clear line and exit code 1 or 2, and change nothing. */
class BadInputIT {

  @TempDir(factory = Workspace.class)
  private Path directory;

  private String image;

  @TempDir private static Path made;

  @BeforeAll
  static void oneImage() {
    ServerProcess.keyslot("create", made.resolve("v.img").toString(), "--size", "4M").ok();
  }

  @BeforeEach
  void anImage() throws IOException {
    image = directory.resolve("v.img").toString();
    try (var files = Files.list(made)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1",
    "1000, 1",
    "4097, 1",
    "2T, 1",
    "3T, 1",
    "-4096, 2",
    "x, 2",
    "9999999999999999999, 2"
  })
  void aSizeThatCannotBeIsRefused(String size, int leastExit) throws IOException {
    String other = directory.resolve("other.img").toString();
    refused("size", "create", other, "--size=" + size);
    assertThat(Files.exists(Path.of(other))).isFalse();
    assertThat(Files.exists(Path.of(other + ".key"))).isFalse();
    assertThat(leastExit).isPositive();
  }

  @Test
  void aMissingImageIsNotMadeWithoutSize() throws IOException {
    refused("--size", "serve", directory.resolve("none.img").toString());
  }

  @Test
  void aWrongKeyIsRefused() throws IOException {
    String other = directory.resolve("other.img").toString();
    ServerProcess.keyslot("create", other, "--size", "4M").ok();
    refused("key", "serve", image, "--key-file", other + ".key");
  }

  @Test
  void aMissingKeyIsRefusedAndNotMadeAnew() throws IOException {
    Files.delete(Path.of(image + ".key"));
    refused("key file", "serve", image);
    refused("key file", "serve", image, "--size", "4M");
  }

  @ParameterizedTest
  @CsvSource({
    "63 raw bytes, 63, false",
    "65 raw bytes, 65, false",
    "64 hex digits, 64, true",
    "126 hex digits, 126, true",
    "nothing, 0, false"
  })
  void aKeyOfTheWrongLengthIsRefused(String what, int bytes, boolean hex) throws IOException {
    byte[] key = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      key[i] = (byte) (hex ? "0123456789abcdef".charAt(i * 7 % 16) : i + 128);
    }
    Files.write(Path.of(image + ".key"), key);
    refused("key", "serve", image);
    assertThat(what).isNotEmpty();
  }

  @Test
  void equalHalvesAreRefused() throws IOException {
    byte[] key = new byte[64];
    for (int i = 0; i < 64; i++) {
      key[i] = (byte) (i % 32 + 200);
    }
    Files.write(Path.of(image + ".key"), key);
    refused("halves", "serve", image);
  }

  @Test
  void aKeyThatOthersMayReadIsRefused() throws IOException {
    Files.setPosixFilePermissions(
        Path.of(image + ".key"), PosixFilePermissions.fromString("rw-r--r--"));
    refused("chmod 600", "serve", image);
  }

  @Test
  void anotherDataUnitIsRefused() throws IOException {
    refused("data unit", "serve", image, "--data-unit", "512");
    refused(
        "data unit",
        "create",
        directory.resolve("b.img").toString(),
        "--size",
        "4M",
        "--data-unit",
        "1024");
  }

  @ParameterizedTest
  @CsvSource({"4190208", "4198400", "0"})
  void anImageCutOrGrownBehindItsSidecarIsRefused(long bytes) throws IOException {
    try (FileChannel file = FileChannel.open(Path.of(image), StandardOpenOption.WRITE)) {
      if (bytes < file.size()) {
        file.truncate(bytes);
      } else {
        file.write(java.nio.ByteBuffer.allocate(1), bytes - 1);
      }
    }
    refused("image has been", "serve", image);
  }

  @Test
  void anEditedSidecarIsRefused() throws IOException {
    Path sidecar = Path.of(image + ".keyslot");
    String text = Files.readString(sidecar);
    assertThat(text).contains("4096");
    Files.writeString(sidecar, text.replace("4096", "512"));
    refused("sidecar", "serve", image);
  }

  @Test
  void anImageWithoutItsSidecarNamesTheCommandThatAdoptsIt() throws IOException {
    Files.delete(Path.of(image + ".keyslot"));
    refused("keyslot adopt", "serve", image);
  }

  @Test
  void aSecondWriterIsRefusedAndSeveralReadersAreNot() throws IOException {
    try (ServerProcess first = ServerProcess.serve(Path.of(image))) {
      Tool.Result second = serveElsewhere();
      assertThat(second.exit()).as(second.toString()).isEqualTo(1);
      assertThat(second.err().lines()).hasSize(1);
      Tool.Result reader = serveElsewhere("--read-only");
      assertThat(reader.exit()).as(reader.toString()).isEqualTo(1);
      assertThat(first.stop()).isZero();
    }
    try (ServerProcess first = ServerProcess.serve(Path.of(image), "--read-only")) {
      Tool.Result writer = serveElsewhere();
      assertThat(writer.exit()).as(writer.toString()).isEqualTo(1);
      String[] reader =
          ServerProcess.command("serve", image, "--read-only", "--unix", "" + elsewhere())
              .toArray(String[]::new);
      Process second = new ProcessBuilder(reader).start();
      try (var lines = second.inputReader().lines()) {
        assertThat(lines.anyMatch(line -> line.startsWith("serving"))).isTrue();
      } finally {
        second.destroy();
      }
      assertThat(first.stop()).isZero();
    }
  }

  @Test
  void aPortInUseIsRefused() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      refused("free", "serve", image, "--listen", "127.0.0.1:" + taken.getLocalPort());
    }
  }

  @Test
  void anAddressForEverybodyNeedsItsFlag() throws IOException {
    refused("--insecure-listen", "serve", image, "--listen", "0.0.0.0:0");
  }

  private Path elsewhere() {
    return directory.resolve("elsewhere.sock");
  }

  private Tool.Result serveElsewhere(String... arguments) {
    String[] all = new String[4 + arguments.length];
    System.arraycopy(new String[] {"serve", image, "--unix", "" + elsewhere()}, 0, all, 0, 4);
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return ServerProcess.keyslot(all);
  }

  /** One line on standard error that says {@code words}; every file as it was. */
  private void refused(String words, String... arguments) throws IOException {
    Map<String, String> before = files();
    Tool.Result result = ServerProcess.keyslot(arguments);
    assertThat(result.exit()).as(result.toString()).isIn(1, 2);
    assertThat(result.err().lines()).as(result.toString()).hasSize(1);
    assertThat(result.err())
        .contains(words)
        .doesNotContain("internal error")
        .startsWith("keyslot: ");
    assertThat(files()).isEqualTo(before);
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> out = new TreeMap<>();
    try (var list = Files.list(directory)) {
      for (Path file : list.toList()) {
        boolean large = Files.size(file) > 1 << 20;
        String content = large ? "" : java.util.HexFormat.of().formatHex(Files.readAllBytes(file));
        out.put(file.getFileName().toString(), Files.size(file) + " " + content);
      }
    }
    return out;
  }
}
