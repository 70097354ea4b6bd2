package dev.keyslot.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.testkit.Certificates;
import dev.keyslot.testkit.ServerProcess;
import dev.keyslot.testkit.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One process, several images: reloads on SIGHUP, sockets and notices of systemd, allow lists; the
 * clients are other people's programs.
 */
@Timeout(300)
class ConfigIT {

  /**
   * Starts the server of its later arguments as systemd would: with a listening Unix socket and a
   * TCP one as descriptors 3 and 4, and a socket for notices. Then plays service manager and
   * client.
   */
  private static final String SYSTEMD =
      """
      import os, signal, socket, subprocess, sys, time, nbd
      folder, config, command = sys.argv[1], sys.argv[2], sys.argv[3:]
      notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      notices.bind(folder + '/notify')
      notices.settimeout(60)
      unix = socket.socket(socket.AF_UNIX)
      unix.bind(folder + '/activated')
      tcp = socket.socket(socket.AF_INET)
      tcp.bind(('127.0.0.1', 0))
      for s in (unix, tcp):
          s.listen(16)
          s.setblocking(False)
      def handed_over():
          os.environ['LISTEN_PID'] = str(os.getpid())
          a, b = os.dup(unix.fileno()), os.dup(tcp.fileno())
          os.dup2(a, 3); os.dup2(b, 4)
          os.set_inheritable(3, True); os.set_inheritable(4, True)
          os.environ.update(LISTEN_FDS='2', NOTIFY_SOCKET=folder + '/notify')
          signal.signal(signal.SIGHUP, signal.SIG_DFL)  # a run under nohup ignores it
          os.execv(command[0], command)
      child = os.fork()
      if child == 0:
          out = os.open(folder + '/out', os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
          os.dup2(out, 1); os.dup2(out, 2)
          handed_over()
      def notice(*beginnings):
          got = notices.recv(4096).decode()
          for beginning in beginnings:
              assert beginning in got, (beginning, got)
          return got
      def client(uri):
          h = nbd.NBD()
          h.connect_uri(uri)
          return h
      notice('READY=1')
      uri = 'nbd+unix:///%s?socket=' + folder + '/activated'
      first = client(uri % 'a')
      second = client('nbd://127.0.0.1:%d/b' % tcp.getsockname()[1])
      first.pwrite(b'x' * 4096, 0)
      second.pwrite(b'y' * 4096, 0)
      # b goes, c comes; the client of a stays
      text = open(config).read()
      open(config, 'w').write(text.replace('path: b.img, export: b', 'path: c.img, export: c'))
      before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
      os.kill(child, signal.SIGHUP)
      got = notice('RELOADING=1', 'MONOTONIC_USEC=')
      micros = int(got.split('MONOTONIC_USEC=')[1].split()[0])
      after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
      assert before <= micros <= after, (before, micros, after)
      notice('READY=1', 'reloaded: 2 images')
      assert first.pread(4096, 0) == b'x' * 4096
      assert client(uri % 'c').get_size() == 4 << 20
      try:
          client(uri % 'b')
          sys.exit('b must be gone')
      except nbd.Error:
          pass
      try:
          second.pread(512, 0)
          sys.exit('the client of b must have lost it')
      except nbd.Error:
          pass
      # a file that cannot be served changes nothing and says why
      open(config, 'w').write(text.replace('images:', 'imagse:'))
      os.kill(child, signal.SIGHUP)
      notice('RELOADING=1')
      notice('READY=1', 'not reloaded: ', 'unknown key "imagse", did you mean "images"?')
      assert first.pread(4096, 0) == b'x' * 4096
      assert client(uri % 'c').get_size() == 4 << 20
      # back as it was: what was written to b is still there
      open(config, 'w').write(text)
      os.kill(child, signal.SIGHUP)
      notice('RELOADING=1')
      notice('READY=1', 'reloaded: 2 images')
      assert client(uri % 'b').pread(4096, 0) == b'y' * 4096
      os.kill(child, signal.SIGTERM)
      notice('STOPPING=1')
      pid, status = os.waitpid(child, 0)
      assert status == 0, status
      # the sockets are systemd's: they still listen
      for s in (unix, tcp):
          c = socket.socket(s.family)
          c.connect(s.getsockname())
      assert os.path.exists(folder + '/activated')
      """;

  @TempDir(factory = Workspace.class)
  private Path directory;

  @BeforeEach
  void images() {
    for (String name : new String[] {"a.img", "b.img", "c.img"}) {
      String image = directory.resolve(name).toString();
      assertThat(ServerProcess.keyslot("create", image, "--size", "4M").exit()).isZero();
    }
  }

  private Path config(String yaml) throws IOException {
    return Files.writeString(directory.resolve("keyslot.yaml"), yaml);
  }

  @Test
  void imagesComeAndGoOnSighupAndSystemdIsTold() throws IOException {
    Tool.needPython("nbd");
    Path config =
        config(
            """
            images:
              - {path: a.img, export: a}
              - {path: b.img, export: b}
            """);
    String[] command =
        ServerProcess.command("serve", "--config", config.toString()).toArray(String[]::new);
    Object[] arguments = new Object[2 + command.length];
    arguments[0] = directory;
    arguments[1] = config;
    System.arraycopy(command, 0, arguments, 2, command.length);
    Tool.Result result = Tool.python(SYSTEMD, arguments);
    String output = Files.readString(directory.resolve("out"));
    assertThat(result.exit()).as("%s%n%s", result, output).isZero();
    assertThat(output)
        .contains("nbd+unix:///a?socket=" + directory + "/activated")
        .contains("not reloaded: " + config + ":1: unknown key")
        .doesNotContain("Exception");
  }

  @Test
  void aFileIsCheckedWhileItsImagesAreServed() throws IOException {
    Path config = config("images: [{path: a.img}]\n");
    try (ServerProcess _ = ServerProcess.serve(directory.resolve("a.img"))) {
      Tool.Result result = ServerProcess.keyslot("check-config", config.toString());
      assertThat(result.out()).isEqualTo(config + ": 1 images, 1 volumes: ok\n");
      assertThat(result.exit()).isZero();
    }
    config("images: [{path: a.img, key-file: b.img.key}]\n");
    Tool.Result result = ServerProcess.keyslot("check-config", config.toString());
    assertThat(result.exit()).isEqualTo(1);
    assertThat(result.err())
        .isEqualTo(
            "keyslot: key does not match this image, or the sidecar was changed: image=%s%n"
                .formatted(directory.resolve("a.img")));
  }

  @Test
  void otherWordsBesideAFileAreRefused() throws IOException {
    Path config = config("images: [{path: a.img}]\n");
    Tool.Result result =
        ServerProcess.keyslot("serve", "--config", config.toString(), "--read-only");
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("with --config all else stands in the file");
  }

  @Test
  void aVolumeIsThereForThoseItAllows() throws IOException {
    Tool.need("nbdinfo");
    Certificates certificates = Certificates.in(directory.resolve("tls"));
    certificates.leaf("mallory", "/O=Keyslot/CN=mallory", "clientAuth");
    Path socket = directory.resolve("s");
    Path config =
        config(
            """
            listen: [{unix: s}]
            tls: {mode: required, directory: tls}
            images:
              - {path: a.img, export: a, allow: [{certificate: "CN=alice,O=Keyslot"}]}
              - {path: b.img, export: b}
            """);
    try (ServerProcess _ = ServerProcess.serveConfig(config, socket)) {
      String list = Tool.run("nbdinfo", "--list", uri(socket, certificates, "")).ok().out();
      assertThat(list).contains("export=\"a\"").contains("export=\"b\"");
      for (String file : new String[] {"cert.pem", "key.pem"}) {
        Files.move(
            certificates.directory().resolve("mallory-" + file),
            certificates.directory().resolve("client-" + file),
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      list = Tool.run("nbdinfo", "--list", uri(socket, certificates, "")).ok().out();
      assertThat(list).doesNotContain("export=\"a\"").contains("export=\"b\"");
      assertThat(Tool.run("nbdinfo", uri(socket, certificates, "a")).exit()).isNotZero();
      assertThat(Tool.run("nbdinfo", uri(socket, certificates, "b")).exit()).isZero();
    }
  }

  private static String uri(Path socket, Certificates certificates, String export) {
    return "nbds+unix:///%s?socket=%s&tls-certificates=%s"
        .formatted(export, socket, certificates.directory());
  }

  @Test
  void theUnitsInTheDocumentsAreSound() throws IOException {
    Tool.need("systemd-analyze");
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/systemd"))) {
      root = root.getParent();
    }
    for (String unit : new String[] {"keyslot.service", "keyslot.socket"}) {
      // the program and its user are not installed here
      String text =
          Files.readString(root.resolve("docs/systemd").resolve(unit))
              .replaceAll("ExecStart=\\S+", "ExecStart=/bin/true")
              .replaceAll("(User|Group)=keyslot", "$1=root");
      Files.writeString(directory.resolve(unit), text);
    }
    Tool.Result result =
        Tool.run(
            "systemd-analyze",
            "verify",
            "--man=no",
            directory.resolve("keyslot.service").toString());
    assertThat(result.out() + result.err()).doesNotContain("keyslot.");
    assertThat(result.exit()).isZero();
  }

  @Test
  void systemdsOwnProgramHandsOverASocket() throws Exception {
    Tool.need("systemd-socket-activate", "nbdinfo");
    Path socket = directory.resolve("activated");
    Path config = config("images: [{path: a.img}]\n");
    String[] command =
        ServerProcess.command("serve", "--config", config.toString()).toArray(String[]::new);
    java.util.List<String> words =
        new java.util.ArrayList<>(
            java.util.List.of("systemd-socket-activate", "-l", socket.toString()));
    words.addAll(java.util.List.of(command));
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    try {
      dev.keyslot.testkit.Waiting.until("socket", () -> Files.exists(socket));
      // the first client starts the server and waits for it
      String size = Tool.run("nbdinfo", "--size", "nbd+unix:///?socket=" + socket).ok().out();
      assertThat(size.strip()).isEqualTo("4194304");
      assertThat(directory.resolve("a.img.sock")).doesNotExist();
    } finally {
      process.destroy();
      assertThat(process.waitFor()).isZero();
    }
  }
}
