package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Certificates;
import dev.keyslot.testkit.Patterns;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import dev.keyslot.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** TLS with shared keys as libnbd and qemu (both GnuTLS) speak it. */
@Timeout(300)
class PskIT {

  private static final String ALICE = "00112233445566778899aabbccddeeff".repeat(2);
  private static final String BOB = "ffeeddccbbaa99887766554433221100".repeat(2);

  @TempDir(factory = Workspace.class)
  private Path directory;

  private Path keys;

  @BeforeEach
  void keys() throws IOException {
    Tool.need("nbdinfo", "nbdcopy", "qemu-img", "qemu-io");
    keys = file("keys.psk", "alice:" + ALICE, "bob:" + BOB);
  }

  private Path file(String name, String... lines) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private ServerProcess serve(String... more) {
    List<String> words =
        new ArrayList<>(List.of("--size", "64M", "--tls", "required", "--tls-psk", "" + keys));
    words.addAll(List.of(more));
    return ServerProcess.serveWith(
        List.of("--add-modules", "org.bouncycastle.tls"),
        directory.resolve("a.img"),
        words.toArray(String[]::new));
  }

  private static String uri(ServerProcess server, String identity, Path file) {
    return "nbds+unix://%s@/?socket=%s&tls-psk-file=%s".formatted(identity, server.socket(), file);
  }

  @Test
  void libnbdCopiesInAndOut() throws IOException {
    Path plain = directory.resolve("plain");
    Path back = directory.resolve("back");
    Files.write(plain, Patterns.numberedBlocks(0x716, 0, 16 << 20));
    try (ServerProcess server = serve()) {
      assertThat(Tool.run("nbdinfo", uri(server, "alice", keys)).ok().out()).contains("with TLS");
      Tool.run("nbdcopy", "--connections=4", plain.toString(), uri(server, "alice", keys)).ok();
      Tool.run("nbdcopy", uri(server, "bob", keys), back.toString()).ok();
      Tool.run("cmp", "-n", "" + (16 << 20), plain.toString(), back.toString()).ok();
      assertThat(server.output()).contains("tls=psk:\"alice\"", "tls=psk:\"bob\"");
      assertThat(server.stop()).isZero();
    }
  }

  @Test
  void qemuReadsAndWritesInBothVersionsOfTls() {
    try (ServerProcess server = serve()) {
      qemu(server, "NORMAL", "-c", "write -P 0xa5 0 5M", "-c", "write -z 1M 1M", "-c", "flush");
      qemu(server, "NORMAL:-VERS-TLS1.3", "-c", "read -P 0xa5 2M 3M", "-c", "read -P 0 1M 1M");
      qemu(server, "NORMAL:-VERS-TLS1.3", "-c", "write -P 0x5a 8M 3M", "-c", "flush");
      qemu(server, "NORMAL", "-c", "read -P 0x5a 8M 3M");
    }
  }

  private void qemu(ServerProcess server, String priority, String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "qemu-io",
                "--object",
                "tls-creds-psk,id=t,endpoint=client,username=alice,dir=%s,priority=%s"
                    .formatted(directory, priority),
                "--image-opts"));
    command.addAll(List.of(words));
    command.add(
        "driver=nbd,server.type=unix,server.path=%s,tls-creds=t".formatted(server.socket()));
    Tool.Result result = Tool.run(command.toArray(String[]::new)).ok();
    assertThat(result.out() + result.err()).doesNotContain("Pattern verification");
  }

  /**
   * A wrong key, an identity that nobody has, a certificate in place of a key: the same refusal.
   */
  @Test
  void whoKnowsNoKeyGetsOneLineAndLearnsNothing() throws IOException {
    Path wrong = file("wrong.psk", "alice:" + BOB);
    Path mallory = file("mallory.psk", "mallory:" + BOB);
    Certificates certificates = Certificates.in(directory.resolve("tls"));
    try (ServerProcess server = serve()) {
      Tool.Result wrongKey = Tool.run("nbdinfo", uri(server, "alice", wrong));
      Tool.Result nobody = Tool.run("nbdinfo", uri(server, "mallory", mallory));
      Tool.Result certificate =
          Tool.run(
              "nbdinfo",
              "nbds+unix:///?socket=%s&tls-certificates=%s"
                  .formatted(server.socket(), certificates.directory()));
      assertThat(wrongKey.exit()).isNotZero();
      assertThat(nobody.exit()).isNotZero();
      assertThat(nobody.err()).isEqualTo(wrongKey.err());
      assertThat(certificate.exit()).isNotZero();
      assertThat(Tool.run("nbdinfo", server.uri()).exit()).as("in plaintext").isNotZero();
      Waiting.until("three refusals", () -> refusals(server) == 3);
      assertThat(server.output())
          .doesNotContain("connection opened", "\tat ", ALICE.substring(0, 16));
    }
  }

  private static long refusals(ServerProcess server) {
    return server.output().lines().filter(line -> line.contains("TLS handshake failed")).count();
  }

  @Test
  void aVolumeIsThereForThoseItAllows() {
    try (ServerProcess server = serve("--allow", "psk-identity=alice")) {
      assertThat(Tool.run("nbdinfo", uri(server, "alice", keys)).exit()).isZero();
      assertThat(Tool.run("nbdinfo", uri(server, "bob", keys)).exit()).isNotZero();
    }
  }
}
