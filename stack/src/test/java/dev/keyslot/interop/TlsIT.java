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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS with X.509 certificates as libnbd (GnuTLS) and qemu (GnuTLS) speak it. */
class TlsIT {

  @TempDir(factory = Workspace.class)
  private Path directory;

  private Certificates certificates;

  @BeforeEach
  void credentials() throws IOException {
    certificates = Certificates.in(directory.resolve("tls"));
  }

  private ServerProcess serve(String mode, String... more) {
    List<String> words = new ArrayList<>(List.of("--size", "64M", "--tls", mode));
    if (!mode.equals("off")) {
      words.addAll(List.of("--tls-dir", certificates.directory().toString()));
    }
    words.addAll(List.of(more));
    return ServerProcess.serve(directory.resolve("a.img"), words.toArray(String[]::new));
  }

  private String uri(ServerProcess server) {
    return "nbds+unix:///?socket=%s&tls-certificates=%s"
        .formatted(server.socket(), certificates.directory());
  }

  @Test
  void libnbdCopiesInAndOutInsideTls() throws IOException {
    Tool.need("nbdinfo", "nbdcopy");
    Path plain = directory.resolve("plain");
    Path back = directory.resolve("back");
    Files.write(plain, Patterns.numberedBlocks(0x715, 0, 64 << 20));
    try (ServerProcess server = serve("required")) {
      assertThat(Tool.run("nbdinfo", uri(server)).ok().out()).contains("with TLS");
      Tool.run("nbdcopy", "--connections=4", plain.toString(), uri(server)).ok();
      Tool.run("nbdcopy", uri(server), back.toString()).ok();
      assertThat(Files.mismatch(plain, back)).isEqualTo(-1);
      assertThat(server.output()).contains("tls=certificate:\"CN=alice,O=Keyslot\"");
      assertThat(server.stop()).isZero();
    }
  }

  @Test
  void aPlaintextClientIsRefusedWhereTlsIsRequired() {
    Tool.need("nbdinfo", "qemu-img");
    try (ServerProcess server = serve("required")) {
      assertThat(Tool.run("nbdinfo", server.uri()).exit()).isNotZero();
      assertThat(Tool.run("nbdinfo", "--list", server.uri()).exit()).isNotZero();
      Tool.Result qemu = Tool.run("qemu-img", "info", server.uri());
      assertThat(qemu.exit()).isNotZero();
      assertThat(qemu.err()).containsIgnoringCase("tls");
    }
  }

  @Test
  void whereTlsIsOfferedBothAreServed() {
    Tool.need("nbdinfo");
    try (ServerProcess server = serve("offered")) {
      assertThat(Tool.run("nbdinfo", server.uri()).ok().out()).contains("without TLS");
      assertThat(Tool.run("nbdinfo", uri(server)).ok().out()).contains("with TLS");
    }
  }

  @Test
  void whereTlsIsOffAClientThatInsistsLeaves() {
    Tool.need("nbdinfo");
    try (ServerProcess server = serve("off")) {
      Tool.Result result = Tool.run("nbdinfo", uri(server));
      assertThat(result.exit()).isNotZero();
      assertThat(server.output()).doesNotContain("connection opened");
      assertThat(Tool.run("nbdinfo", server.uri()).exit()).isZero();
    }
  }

  @Test
  void aClientWithoutCertificateIsRefusedWithOneLine() throws IOException {
    Tool.need("nbdinfo");
    Path bare = Files.createDirectory(directory.resolve("bare"));
    Files.copy(Path.of(certificates.path("ca-cert.pem")), bare.resolve("ca-cert.pem"));
    try (ServerProcess server = serve("required")) {
      String uri = "nbds+unix:///?socket=%s&tls-certificates=%s".formatted(server.socket(), bare);
      assertThat(Tool.run("nbdinfo", uri).exit()).isNotZero();
      Waiting.until("the line of the refusal", () -> server.output().contains("TLS handshake"));
      assertThat(server.output().lines().filter(line -> line.contains("TLS handshake failed")))
          .singleElement()
          .asString()
          .contains("connection refused: peer=unix:");
      assertThat(server.output()).doesNotContain("\tat ");
    }
    try (ServerProcess server = serve("required", "--no-tls-verify-peer")) {
      String uri = "nbds+unix:///?socket=%s&tls-certificates=%s".formatted(server.socket(), bare);
      assertThat(Tool.run("nbdinfo", uri).ok().out()).contains("with TLS");
      assertThat(server.output()).contains("tls=anonymous");
    }
  }

  @Test
  void qemuReadsAndWritesInsideTls() {
    Tool.need("qemu-io", "qemu-img");
    try (ServerProcess server = serve("required")) {
      qemu(server, "qemu-io", "-c", "write -P 0xa5 0 5M", "-c", "write -z 1M 1M", "-c", "flush");
      qemu(server, "qemu-io", "-c", "read -P 0xa5 0 1M", "-c", "read -P 0 1M 1M");
      qemu(server, "qemu-io", "-c", "read -P 0xa5 2M 3M", "-c", "read -P 0 5M 59M");
      assertThat(qemu(server, "qemu-img", "info").out()).contains("virtual size: 64 MiB");
    }
  }

  private Tool.Result qemu(ServerProcess server, String program, String... words) {
    List<String> command = new ArrayList<>(List.of(program));
    if (program.equals("qemu-img")) {
      command.addAll(List.of(words));
    }
    command.add("--object");
    command.add("tls-creds-x509,id=tls0,endpoint=client,dir=" + certificates.directory());
    command.add("--image-opts");
    if (program.equals("qemu-io")) {
      command.addAll(List.of(words));
    }
    command.add(
        "driver=nbd,server.type=unix,server.path=%s,tls-creds=tls0,tls-hostname=localhost"
            .formatted(server.socket()));
    Tool.Result result = Tool.run(command.toArray(String[]::new)).ok();
    assertThat(result.out() + result.err()).doesNotContain("Pattern verification");
    return result;
  }

  @Test
  void missingCredentialsAreNamedAndNothingIsCreated() {
    Path image = directory.resolve("none.img");
    Tool.Result result =
        ServerProcess.keyslot(
            "serve",
            image.toString(),
            "--size",
            "1M",
            "--tls",
            "required",
            "--tls-dir",
            directory.resolve("nowhere").toString());
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("keyslot: server certificate must exist and be a regular file: file=");
    assertThat(image).doesNotExist();
  }
}
