package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What cannot be listened on or served is refused before anything is touched. */
class ServeConfigTest {

  private static final ImageRequest IMAGE = ImageRequest.of(Path.of("/d/v.img"));

  @Test
  void listensOnAUnixSocketBesideTheImageUnlessToldOtherwise() {
    assertThat(config(List.of(), List.of(), false).unixSockets())
        .containsExactly(Path.of("/d/v.img.sock"));
    assertThat(config(List.of(), List.of(address("127.0.0.1")), false).unixSockets()).isEmpty();
    assertThat(config(List.of(Path.of("/s")), List.of(), false).unixSockets())
        .containsExactly(Path.of("/s"));
  }

  @Test
  void refusesASocketPathThatNoAddressHolds() {
    assertThat(config(List.of(Path.of("s".repeat(107))), List.of(), false)).isNotNull();
    assertThatThrownBy(() -> config(List.of(Path.of("s".repeat(108))), List.of(), false))
        .hasMessage(
            "unix socket path must be at most 107 bytes (choose a shorter one with --unix):"
                + " bytes=108 path="
                + "s".repeat(108));
    assertThatThrownBy(() -> config(List.of(Path.of("é".repeat(54))), List.of(), false))
        .hasMessageContaining("bytes=108");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "192.0.2.1", "::", "2001:db8::1"})
  void refusesAddressesThatOthersReach(String host) {
    assertThatThrownBy(() -> config(List.of(), List.of(address(host)), false))
        .hasMessageContaining("needs --insecure-listen");
    assertThat(config(List.of(), List.of(address(host)), true).tcp()).hasSize(1);
    assertThat(secured(host, TlsPolicy.Mode.REQUIRED, true).tcp()).hasSize(1);
    assertThatThrownBy(() -> secured(host, TlsPolicy.Mode.REQUIRED, false))
        .hasMessageContaining("needs --insecure-listen, or --tls required with --tls-verify-peer");
    assertThatThrownBy(() -> secured(host, TlsPolicy.Mode.OFFERED, true))
        .hasMessageContaining("needs --insecure-listen, or --tls required");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.3.2.1", "::1"})
  void takesLoopbackAddresses(String host) {
    assertThat(config(List.of(), List.of(address(host)), false).tcp()).hasSize(1);
  }

  @Test
  void refusesAHostThatNobodyKnows() {
    assertThatThrownBy(
            () ->
                config(
                    List.of(), List.of(InetSocketAddress.createUnresolved("no.invalid", 1)), true))
        .hasMessage("address to listen on must be known to this machine: host=no.invalid");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 257})
  void refusesKeyslotsThatNoHostHas(int keyslots) {
    assertThatThrownBy(() -> new HostChoice(HostKind.SDHCI_PCI, keyslots))
        .hasMessage("keyslots must be in [0, 256]: keyslots=%d", keyslots);
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, '', nbd://127.0.0.1:10809",
    "127.0.0.1, disk, nbd://127.0.0.1:10809/disk",
    "::1, 'a b/ü', nbd://[0:0:0:0:0:0:0:1]:10809/a%20b/%C3%BC",
  })
  void formsTcpUris(String host, String export, String uri) {
    assertThat(NbdUri.tcp(address(host), export, false)).isEqualTo(uri);
  }

  @Test
  void formsUnixUris() {
    assertThat(NbdUri.unix(Path.of("/d/my disk.sock"), "a?b", false))
        .isEqualTo("nbd+unix:///a%3Fb?socket=/d/my%20disk.sock");
    assertThat(NbdUri.unix(Path.of("/s"), "", true)).isEqualTo("nbds+unix:///?socket=/s");
    assertThat(NbdUri.tcp(address("127.0.0.1"), "", true)).isEqualTo("nbds://127.0.0.1:10809");
  }

  private static ServeConfig config(
      List<Path> unix, List<InetSocketAddress> tcp, boolean insecureListen) {
    return new ServeConfig(
        IMAGE, StackConfig.defaults(), unix, tcp, insecureListen, TlsSettings.OFF);
  }

  private static ServeConfig secured(String host, TlsPolicy.Mode mode, boolean verifyPeer) {
    var tls = new TlsSettings(mode, Optional.of(Path.of("/tls")), verifyPeer);
    return new ServeConfig(
        IMAGE, StackConfig.defaults(), List.of(), List.of(address(host)), false, tls);
  }

  private static InetSocketAddress address(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 10_809);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
