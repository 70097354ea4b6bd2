package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import dev.keyslot.testkit.DirectorySnapshot;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A session has all it needs or changes nothing; a server that greets stands for the stack. */
@Timeout(60)
class ServeSessionTest {

  @TempDir private Path directory;

  private Path image;
  private final AtomicInteger serversOpen = new AtomicInteger();

  @BeforeEach
  void name() {
    image = directory.resolve("v.img");
  }

  @Test
  void createsServesAndLetsGo() throws Exception {
    Path socket = directory.resolve("v.img.sock");
    try (ServeSession session = ServeSession.open(config(true, List.of()), this::greeter)) {
      assertThat(session.created()).isPresent();
      assertThat(session.uris()).containsExactly("nbd+unix:///?socket=" + socket);
      assertThat(greeting(SocketChannel.open(UnixDomainSocketAddress.of(socket)))).isEqualTo('!');
      assertThatThrownBy(() -> ServeSession.open(config(true, List.of()), this::greeter))
          .hasMessageStartingWith("image is in use by another server");
      session.stop();
      session.runUntilStopped();
    }
    assertThat(serversOpen).hasValue(0);
    assertThat(socket).doesNotExist();
    try (ServeSession session = ServeSession.open(config(true, List.of()), this::greeter)) {
      assertThat(session.created()).isEmpty();
    }
  }

  @Test
  void listensOnAFreeTcpPort() throws Exception {
    try (ServeSession session =
        ServeSession.open(config(true, List.of(loopback(0))), this::greeter)) {
      String uri = session.uris().getFirst();
      assertThat(uri).startsWith("nbd://127.0.0.1:");
      int port = Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
      assertThat(greeting(SocketChannel.open(loopback(port)))).isEqualTo('!');
    }
  }

  @Test
  void aPortInUseChangesNothing() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThatThrownBy(
              () ->
                  ServeSession.open(
                      config(true, List.of(loopback(taken.getLocalPort()))), this::greeter))
          .isInstanceOfSatisfying(
              StackException.class,
              e -> assertThat(e.category()).isEqualTo(StackException.Category.RETRY))
          .hasMessageStartingWith(
              "address to listen on must be free: address=localhost:" + taken.getLocalPort());
    }
    assertThat(DirectorySnapshot.of(directory)).hasSize(1);
  }

  @Test
  void aStackThatCannotBeHadTakesBackTheNewImageButNoOlderOne() throws Exception {
    Server.Opener broken =
        (_, _) -> {
          throw new StackException(StackException.Category.GIVE_UP, "no engine");
        };
    assertThatThrownBy(() -> ServeSession.open(config(true, List.of()), broken))
        .hasMessage("no engine");
    assertThat(DirectorySnapshot.of(directory)).hasSize(1);
    ImageCreation.create(config(true, List.of()).images().getFirst().request());
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(() -> ServeSession.open(config(true, List.of()), broken))
        .hasMessage("no engine");
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
    ImageFile.open(ImageRequest.of(image), ImageFile.Access.WRITE).close();
  }

  @Test
  void aSocketPathThatIsTakenTakesBackTheNewImage() throws Exception {
    Files.writeString(directory.resolve("v.img.sock"), "precious");
    var before = DirectorySnapshot.of(directory);
    assertThatThrownBy(() -> ServeSession.open(config(true, List.of()), this::greeter))
        .hasMessageStartingWith("unix socket path must be free or a socket");
    assertThat(DirectorySnapshot.of(directory)).isEqualTo(before);
  }

  @Test
  void aMissingImageIsNotMadeWithoutASize() {
    assertThatThrownBy(() -> ServeSession.open(config(false, List.of()), this::greeter))
        .hasMessage("image must exist (--size creates it): image=" + image);
    assertThat(DirectorySnapshot.of(directory)).hasSize(1);
  }

  private ServeConfig config(boolean size, List<InetSocketAddress> tcp) {
    return new ServeConfig(
        new ImageRequest(
            image,
            size ? OptionalLong.of(1 << 20) : OptionalLong.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            List.of()),
        StackConfig.defaults(),
        List.of(),
        tcp,
        false,
        TlsSettings.OFF);
  }

  private static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static char greeting(SocketChannel channel) throws IOException {
    try (channel) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one);
      return (char) one.get(0);
    }
  }

  private Server greeter(StackConfig config, ImageFile opened) {
    serversOpen.incrementAndGet();
    return new Server() {
      private final Meters meters = Meters.create();

      @Override
      public Meters meters() {
        return meters;
      }

      @Override
      public String engineName() {
        return "none";
      }

      @Override
      public String hostLine() {
        return "sdhci-test";
      }

      @Override
      public List<String> exportNames() {
        return opened.volumes().stream().map(volume -> volume.entry().name()).toList();
      }

      @Override
      public void serve(StackConfig next, ImageFile again) {
        throw new AssertionError("nobody reloads here");
      }

      @Override
      public void tls(TlsPolicy policy) {
        assertThat(policy.mode()).isEqualTo(TlsPolicy.Mode.OFF);
      }

      @Override
      public Runnable acceptor(ServerSocketChannel listener) {
        return () -> greetAll(listener);
      }

      @Override
      public void close() {
        serversOpen.decrementAndGet();
      }
    };
  }

  private static void greetAll(ServerSocketChannel listener) {
    try {
      while (true) {
        try (SocketChannel client = listener.accept()) {
          client.write(ByteBuffer.wrap(new byte[] {'!'}));
        }
      }
    } catch (IOException e) {
      // The listener was closed: the loop ends.
    }
  }
}
