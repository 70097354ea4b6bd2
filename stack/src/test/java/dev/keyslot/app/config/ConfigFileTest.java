package dev.keyslot.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.access.AllowList;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import dev.keyslot.app.stack.StackConfig;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.host.volume.DiscardPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A configuration says what it means, or the line where it does not. */
class ConfigFileTest {

  @TempDir private Path directory;

  private Path file;

  private ServeConfig read(String yaml) throws IOException, StackException {
    file = directory.resolve("keyslot.yaml");
    Files.writeString(file, yaml);
    return ConfigFile.read(file);
  }

  /** The example that docs/config.md shows. */
  private static String example() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/config.md"))) {
      root = root.getParent();
    }
    String page = Files.readString(root.resolve("docs/config.md"));
    int start = page.indexOf("```yaml\n") + "```yaml\n".length();
    return page.substring(start, page.indexOf("```", start));
  }

  @Test
  void theExampleInTheDocumentsIsRead() throws Exception {
    ServeConfig config = read(example().replace("unix-user: backup", "unix-user: root"));
    assertThat(config.unixSockets()).containsExactly(Path.of("/run/keyslot/nbd.sock"));
    assertThat(config.tcp()).containsExactly(new InetSocketAddress("0.0.0.0", 10_809));
    assertThat(config.insecureListen()).isFalse();
    assertThat(config.tls().mode()).isEqualTo(TlsPolicy.Mode.REQUIRED);
    assertThat(config.tls().directory()).contains(Path.of("/etc/keyslot/tls"));
    assertThat(config.tls().verifyPeer()).isTrue();
    assertThat(config.limits().connectionsMax()).isEqualTo(200);
    assertThat(config.limits().handshakeNanos()).isEqualTo(10_000_000_000L);
    assertThat(config.images()).hasSize(2);

    ImageRequest first = config.images().getFirst().request();
    StackConfig served = config.images().getFirst().stack();
    assertThat(first.image()).isEqualTo(directory.resolve("disk.img"));
    assertThat(first.keyFile()).contains(Path.of("/etc/keyslot/keys/disk.key"));
    assertThat(served.host()).isEqualTo(HostChoice.defaults());
    assertThat(served.exports().exportName("", true)).isEqualTo("disk");
    assertThat(served.exports().allowed(""))
        .isEqualTo(AllowList.of(List.of("certificate=CN=alice,O=Example"), false));

    ImageRequest second = config.images().getLast().request();
    served = config.images().getLast().stack();
    assertThat(second.volumes())
        .extracting(ImageRequest.Volume::name)
        .containsExactly("mail", "web");
    assertThat(second.volumes().getLast().offsetBytes()).isEqualTo(512L << 20);
    assertThat(served.readOnly()).isTrue();
    assertThat(served.discard()).isEqualTo(DiscardPolicy.ZERO);
    assertThat(served.engine()).isEqualTo(StackConfig.Engine.LIBCRYPTO);
    assertThat(served.host().keyslots()).isEqualTo(4);
    assertThat(served.exports().exportName("mail", false)).isEqualTo("mail");
    assertThat(served.exports().exportName("web", false)).isEqualTo("www");
    assertThat(served.exports().allowed("mail").isLimited()).isFalse();
    assertThat(served.exports().allowed("web").tlsOnly()).isTrue();
    assertThat(served.exports().allowed("web").unixUsers()).hasSize(1);
  }

  @Test
  void everyLimitCanBeSet() throws Exception {
    ServeConfig config =
        read(
            """
            images: [{path: a}]
            limits:
              connections: 7
              export-connections: 3
              handshake-seconds: 5
              idle-seconds: 3600
              stall-seconds: 2
              connection-payload: 40M
              payload: 1G
            """);
    assertThat(config.limits())
        .isEqualTo(
            new NbdLimits(
                7,
                3,
                5_000_000_000L,
                3_600_000_000_000L,
                2_000_000_000L,
                new NbdLimits.Payload(40, 1024)));
    assertThat(read("images: [{path: a}]").limits()).isEqualTo(NbdLimits.standard());
    assertThat(
            read("images: [{path: a}]\nlimits: {connections: 9}").limits().exportConnectionsMax())
        .isEqualTo(9);
  }

  @Test
  void oneImageNeedsNothingElse() throws Exception {
    ServeConfig config = read("images: [{path: a.img}]");
    assertThat(config.unixSockets()).containsExactly(directory.resolve("a.img.sock"));
    assertThat(config.tls().mode()).isEqualTo(TlsPolicy.Mode.OFF);
    assertThat(config.images().getFirst().stack().discard()).isEqualTo(DiscardPolicy.DEALLOCATE);
  }

  /** The first column is YAML with / for a line break; the second what stands behind the file. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          image: []                             | :1: unknown key "image", did you mean "images"?
          images:/- path: a/  read_only: true   | :3: images[0]: unknown key "read_only", did you mean "read-only"?
          images:/- path: a/  discard: maybe    | :3: images[0].discard: must be deallocate or zero or off: discard=maybe
          images:/- path: a/  read-only: yes    | :3: images[0].read-only: must be true or false: read-only=yes
          images:/- path: a/  path: b           | :3: images[0]: key must not stand here twice: key=path
          images:/- path: a/  host: fast        | :3: images[0].host: must be one of the hosts above: host=fast hosts=[]
          images:/- path: a/  volumes: x        | :3: images[0].volumes: must be a list
          images:/- key-file: a                 | :2: images[0]: needs a key: path
          images:/- just words                  | :2: images[0]: must be a mapping of keys to values
          images: []                            | :1: at least one image must be served: images=0
          images:/- path: a/- path: a           | :1: images must differ: image=
          images:/- path: a/- path: b           | :1: export names must differ
          images: [{path: a}]/listen:/- tpc: x  | :3: listen[0]: unknown key "tpc", did you mean "tcp"?
          images: [{path: a}]/listen:/- tcp: x  | :3: listen[0].tcp: address to listen on must be HOST:PORT
          images: [{path: a}]/listen:/- {unix: a, tcp: b} | :3: listen[0]: must have one key: keys=[unix, tcp]
          images: [{path: a}]/tls:/  mode: on   | :3: tls.mode: must be off or offered or required: mode=on
          images: [{path: a}]/tls: {directory: a, psk: b} | :2: tls: TLS has either certificates or shared keys: directory=
          images: [{path: a}]/tls:/  mode: required | :3: tls: TLS needs a directory
          images: [{path: a}]/limits:/  connections: 0 | :3: limits.connections: connections must be a whole number from 1 to 1000000: connections=0
          images: [{path: a}]/limits:/  idle-seconds: 1h | :3: limits.idle-seconds: idle-seconds must be a whole number from 1 to 999999999: idle-seconds=1h
          images: [{path: a}]/limits:/  payload: 32M | :3: limits.payload: payload must be whole MiB from 33M to 1G: payload=32M
          images: [{path: a}]/limits:/  payload: 33M | :3: limits: payload of all connections must be at least that of one: payload=33M connection-payload=34M
          hosts:/  h:/    keyslots: 300/images: [{path: a}] | :3: hosts.h.keyslots: keyslots must be in [0, 256]: keyslots=300
          images:/- path: a/  allow:/  - user: x | :4: images[0].allow[0]: unknown key "user"
          images:/- path: a/  allow:/  - unix-user: nobody at all | :4: images[0].allow: user must be known
          images: [{path: a}]/listen: [{tcp: "0.0.0.0:1"}] | :1: anybody who reaches it reads the plaintext
          images: {/                            | :2: no YAML:
          """)
  void whatIsWrongIsToldWithItsLine(String yaml, String message) {
    assertThatThrownBy(() -> read(yaml.replace('/', '\n')))
        .isInstanceOf(StackException.class)
        .hasMessageStartingWith(file + message.strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n"})
  void anEmptyFileIsRefused(String yaml) {
    assertThatThrownBy(() -> read(yaml)).isInstanceOf(StackException.class);
  }

  @Test
  void aMissingFileIsNamed() {
    Path missing = directory.resolve("none");
    assertThatThrownBy(() -> ConfigFile.read(missing))
        .hasMessage("configuration must be a readable file of UTF-8: file=" + missing);
  }
}
