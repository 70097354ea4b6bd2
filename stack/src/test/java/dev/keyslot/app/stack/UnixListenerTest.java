package dev.keyslot.app.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyslot.app.image.StackException;
import dev.keyslot.base.posix.FileLock;
import dev.keyslot.base.posix.PosixFile;
import dev.keyslot.testkit.DirectorySnapshot;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Unix socket appears when it is published, for its owner only, and goes with its listener. */
class UnixListenerTest {

  @TempDir private Path directory;

  private Path path;

  @BeforeEach
  void name() {
    path = directory.resolve("v.img.sock");
  }

  @Test
  void existsOnlyBetweenPublishingAndClosing() throws Exception {
    try (UnixListener listener = UnixListener.bind(path)) {
      assertThat(path).doesNotExist();
      assertThat(hidden()).hasSize(1);
      assertThat(Files.getPosixFilePermissions(hidden().getFirst()))
          .isEqualTo(PosixFilePermissions.fromString("rwx------"));
      listener.publish();
      assertThat(hidden()).isEmpty();
      assertThat(Files.getPosixFilePermissions(path))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
      try (var _ = connect(path);
          SocketChannel accepted = listener.channel().accept()) {
        assertThat(accepted.isConnected()).isTrue();
      }
    }
    assertThat(path).doesNotExist();
    assertThat(DirectorySnapshot.of(directory)).hasSize(1);
  }

  @Test
  void leavesNothingWhenItWasNeverPublished() throws Exception {
    UnixListener.bind(path).close();
    assertThat(DirectorySnapshot.of(directory)).hasSize(1);
  }

  @Test
  void takesThePlaceOfASocketWhoseServerDied() throws Exception {
    abandonSocket();
    try (UnixListener listener = UnixListener.bind(path)) {
      listener.publish();
      connect(path).close();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void leavesAloneASocketThatAnswers() throws Exception {
    try (UnixListener first = UnixListener.bind(path)) {
      first.publish();
      assertThatThrownBy(() -> UnixListener.bind(path))
          .isInstanceOf(StackException.class)
          .hasMessage("another server answers on the unix socket: path=" + path);
      connect(path).close();
    }
  }

  @Test
  void theSecondOfTwoThatBoundAtOnceIsRefusedWhenPublishing() throws Exception {
    try (UnixListener first = UnixListener.bind(path)) {
      try (UnixListener second = UnixListener.bind(path)) {
        first.publish();
        assertThatThrownBy(second::publish)
            .hasMessage("another server answers on the unix socket: path=" + path);
      }
      connect(path).close();
    }
  }

  /**
   * Without the lock, one of them removes in most rounds the socket that the other has published.
   */
  @Test
  void ofTwoThatReplaceADeadSocketAtOnceOneServes() throws Exception {
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (int round = 0; round < 40; round++) {
        abandonSocket();
        try (UnixListener one = UnixListener.bind(path);
            UnixListener other = UnixListener.bind(path)) {
          var start = new CyclicBarrier(2);
          Future<Boolean> first = threads.submit(() -> publishes(one, start));
          Future<Boolean> second = threads.submit(() -> publishes(other, start));
          assertThat(List.of(first.get(), second.get())).containsExactlyInAnyOrder(true, false);
          try (var _ = connect(path);
              SocketChannel accepted = (first.get() ? one : other).channel().accept()) {
            assertThat(accepted.isConnected()).isTrue();
          }
        }
        assertThat(DirectorySnapshot.of(directory)).as("round %d", round).hasSize(1);
      }
    }
  }

  private static boolean publishes(UnixListener listener, CyclicBarrier start) throws Exception {
    start.await();
    try {
      listener.publish();
      return true;
    } catch (StackException e) {
      assertThat(e).hasMessageStartingWith("another server answers on the unix socket");
      return false;
    }
  }

  @Test
  void waitsForAnotherProcessThatIsAboutToPublish() throws Exception {
    Path lock = directory.resolve(".v.img.sock.lock");
    Files.createFile(lock);
    try (UnixListener listener = UnixListener.bind(path);
        var threads = Executors.newSingleThreadExecutor()) {
      Future<?> publishing;
      try (var held = PosixFile.openReadWrite(lock)) {
        assertThat(held.tryLock(FileLock.EXCLUSIVE)).isTrue();
        publishing =
            threads.submit(
                () -> {
                  listener.publish();
                  return null;
                });
        Future<?> waiting = publishing;
        assertThatThrownBy(() -> waiting.get(100, TimeUnit.MILLISECONDS))
            .isInstanceOf(TimeoutException.class);
        assertThat(path).doesNotExist();
      }
      publishing.get(10, TimeUnit.SECONDS);
      connect(path).close();
      assertThat(lock).doesNotExist();
    }
  }

  @Test
  void leavesAloneWhatIsNoSocket() throws Exception {
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> UnixListener.bind(path))
        .hasMessage("unix socket path must be free or a socket: path=" + path);
    assertThat(Files.readString(path)).isEqualTo("precious");
  }

  @Test
  void doesNotRemoveTheSocketOfItsSuccessor() throws Exception {
    UnixListener first = UnixListener.bind(path);
    first.publish();
    Files.delete(path);
    try (UnixListener second = UnixListener.bind(path)) {
      second.publish();
      first.close();
      connect(path).close();
    }
  }

  @Test
  void saysThatADirectoryIsMissing() {
    assertThatThrownBy(() -> UnixListener.bind(directory.resolve("no/v.sock")))
        .hasMessage(
            "unix socket must be creatable: path=%s: no such directory",
            directory.resolve("no/v.sock"));
  }

  /** 107 bytes are the most that a socket address holds; the JDK alone takes one less. */
  @Test
  void worksUpTo107BytesOfPath() throws Exception {
    String base = directory.toString();
    Path deep = directory.resolve("d".repeat(Math.max(1, 92 - base.length())));
    Files.createDirectories(deep);
    Path longest = deep.resolve("s".repeat(106 - deep.toString().length()));
    assertThat(longest.toString()).hasSize(107);
    try (UnixListener listener = UnixListener.bind(longest)) {
      listener.publish();
      assertThatThrownBy(() -> UnixListener.bind(longest))
          .hasMessageStartingWith("another server answers");
      assertThat(listener.uri("", false)).isEqualTo("nbd+unix:///?socket=" + longest);
    }
    assertThat(longest).doesNotExist();
  }

  private void abandonSocket() throws IOException {
    try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
  }

  private static SocketChannel connect(Path path) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  private List<Path> hidden() throws IOException {
    try (var list = Files.list(directory)) {
      return list.filter(file -> file.getFileName().toString().startsWith(".keyslot-")).toList();
    }
  }
}
