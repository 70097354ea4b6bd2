package dev.keyslot.host.nbd.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.base.Clock;
import dev.keyslot.testkit.FakeClock;
import dev.keyslot.testkit.Patterns;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A transport behaves alike whether its thread is alone, and looks before it waits, or not. */
@Timeout(60)
class SocketTransportTest {

  /** More than the kernel holds for a client that takes nothing. */
  private static final int MUCH_BYTES = 8 << 20;

  @TempDir private Path directory;

  private SocketChannel client;
  private SocketChannel server;

  @BeforeEach
  void connect() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(address);
      client = SocketChannel.open(address);
      server = listener.accept();
    }
  }

  @AfterEach
  void disconnect() throws IOException {
    client.close();
    server.close();
  }

  private SocketTransport transport(Clock clock, boolean alone) throws IOException {
    SocketTransport transport = new SocketTransport(server, clock);
    transport.alone(alone);
    return transport;
  }

  private static ByteBuffer room() {
    return ByteBuffer.allocateDirect(16);
  }

  /** Who is alone has looked since, and is in non-blocking mode. */
  private void readOne(SocketTransport transport) throws IOException {
    client.write(ByteBuffer.wrap(new byte[] {1}));
    transport.read(room());
  }

  /** Begins {@code work} on a thread of its own and sees that it waits. */
  private static CompletableFuture<Integer> waiting(Callable<Integer> work)
      throws InterruptedException {
    CompletableFuture<Integer> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    result.complete(work.call());
                  } catch (Exception e) {
                    result.completeExceptionally(e);
                  }
                });
    thread.join(200); // in a system call it counts as running: time must do
    assertThat(thread.isAlive()).isTrue();
    return result;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadTakesWhatIsThere(boolean alone) throws IOException {
    SocketTransport transport = transport(new FakeClock(), alone);
    client.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    ByteBuffer into = room();
    assertThat(transport.read(into)).isEqualTo(3);
    assertThat(into.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadWaitsForWhatComesLater(boolean alone) throws Exception {
    SocketTransport transport = transport(Clock.system(), alone);
    CompletableFuture<Integer> count = waiting(() -> transport.read(room()));
    client.write(ByteBuffer.wrap(new byte[] {1}));
    assertThat(count.get(30, TimeUnit.SECONDS)).isOne();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReadIntoTwoBuffersWaitsToo(boolean alone) throws Exception {
    SocketTransport transport = transport(new FakeClock(), alone);
    readOne(transport);
    ByteBuffer first = ByteBuffer.allocateDirect(2);
    ByteBuffer behind = room();
    CompletableFuture<Integer> count = waiting(() -> transport.read(first, behind));
    assertThat(server.isBlocking()).isTrue();
    client.write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertThat(count.get(30, TimeUnit.SECONDS)).isEqualTo(3);
    assertThat(behind.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {3}));
  }

  /** The look alone must find it: time stands still, so the window never ends. */
  @Test
  void whoIsAloneLooksUntilSomethingComes() throws Exception {
    SocketTransport transport = transport(new FakeClock(), true);
    CompletableFuture<Integer> count = waiting(() -> transport.read(room()));
    assertThat(server.isBlocking()).isFalse();
    client.write(ByteBuffer.wrap(new byte[] {1}));
    assertThat(count.get(30, TimeUnit.SECONDS)).isOne();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aWriteWaitsForAClientThatTakesItsTime(boolean alone) throws Exception {
    SocketTransport transport = transport(new FakeClock(), alone);
    readOne(transport);
    assertThat(server.isBlocking()).isEqualTo(!alone);
    byte[] much = Patterns.ascending(7, MUCH_BYTES);
    ByteBuffer[] from = {ByteBuffer.wrap(much)};
    CompletableFuture<Integer> sent =
        waiting(
            () -> {
              transport.write(from, 1);
              return from[0].remaining();
            });
    ByteBuffer taken = ByteBuffer.allocate(MUCH_BYTES);
    while (taken.hasRemaining()) {
      assertThat(client.read(taken)).isPositive();
    }
    assertThat(sent.get(30, TimeUnit.SECONDS)).isZero();
    assertThat(taken.array()).isEqualTo(much);
  }

  @Test
  void whoIsNoLongerAloneBlocks() throws IOException {
    SocketTransport transport = transport(new FakeClock(), true);
    readOne(transport);
    assertThat(server.isBlocking()).isFalse();
    transport.alone(false);
    assertThat(server.isBlocking()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theEndOfInputWakesAReader(boolean alone) throws Exception {
    SocketTransport transport = transport(Clock.system(), alone);
    CompletableFuture<Integer> count = waiting(() -> transport.read(room()));
    transport.endInput();
    assertThat(count.get(30, TimeUnit.SECONDS)).isEqualTo(-1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void closingWakesAReader(boolean alone) throws Exception {
    // with a standing clock who is alone looks for ever: it is woken out of a look
    SocketTransport transport = transport(alone ? new FakeClock() : Clock.system(), alone);
    CompletableFuture<Integer> count = waiting(() -> transport.read(room()));
    transport.close();
    assertThatThrownBy(() -> count.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
  }
}
