package dev.keyslot.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.base.BufferPool;
import dev.keyslot.base.Clock;
import dev.keyslot.base.metrics.Metrics;
import dev.keyslot.host.nbd.Export;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.NbdServer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * An NBD server on a Unix socket of its own, for one test.
 *
 * <p>{@link #close} ends it and asserts what must hold after every test: all chunks are back, all
 * threads have ended, nothing was logged as a mistake of ours.
 */
public final class NbdFixture implements AutoCloseable {

  /** Enough for the largest request of one connection and a few small ones. */
  private static final int CHUNKS = 40;

  private final Path folder;
  private final Path socket;
  private final BufferPool pool = new BufferPool(CHUNKS);
  private final RecordingLogger log = new RecordingLogger();
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final Metrics metrics = Metrics.withoutLatencies();
  private final NbdServer server;

  /** A server with these exports. */
  public static NbdFixture serving(Export... exports) throws IOException {
    return new NbdFixture(NbdLimits.standard(), Clock.system(), exports);
  }

  /** A server with these limits, whose time is {@code clock}'s. */
  public NbdFixture(NbdLimits limits, Clock clock, Export... exports) throws IOException {
    folder = Files.createTempDirectory("nbd");
    socket = folder.resolve("socket");
    server = new NbdServer(limits, pool, this::start, clock, log, metrics);
    for (Export export : exports) {
      server.add(export);
    }
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    start("acceptor", server.acceptor(listener));
  }

  public NbdTestClient connect() throws IOException {
    return new NbdTestClient(socket);
  }

  /** A client that has sent its flags: fixed newstyle, no zeroes. */
  public NbdTestClient greeted() throws IOException {
    return connect().expect("4e42444d41474943 49484156454f5054 0003").send("00000003");
  }

  /** The same, and structured replies are agreed on. */
  public NbdTestClient structured() throws IOException {
    return greeted()
        .send("49484156454f5054 00000008 00000000")
        .expect("0003e889045565a9 00000008 00000001 00000000");
  }

  /** The same, and extended headers are agreed on. */
  public NbdTestClient extended() throws IOException {
    return greeted()
        .send("49484156454f5054 0000000b 00000000")
        .expect("0003e889045565a9 0000000b 00000001 00000000");
  }

  /** In transmission by EXPORT_NAME; the length of a name, then the name. */
  public NbdTestClient opened(String lengthAndName) throws IOException {
    return named(greeted(), lengthAndName);
  }

  /** The same for a client whose handshake has begun. */
  public static NbdTestClient named(NbdTestClient client, String lengthAndName) throws IOException {
    client.send("49484156454f5054 00000001" + lengthAndName).receive(10);
    return client;
  }

  /**
   * In transmission with {@code ram} of 1 MiB by GO, with {@code base:allocation} selected.
   *
   * @param flags of the transmission, which depend on the style of replies
   */
  public static NbdTestClient withAllocation(NbdTestClient client, String flags)
      throws IOException {
    return client
        .send("49484156454f5054 0000000a 0000001e  00000003 72616d 00000001")
        .send("0000000f 626173653a616c6c6f636174696f6e")
        .expect("0003e889045565a9 0000000a 00000004 00000013")
        .expect("00000001 626173653a616c6c6f636174696f6e")
        .expect("0003e889045565a9 0000000a 00000001 00000000")
        .send("49484156454f5054 00000007 00000009  00000003 72616d 0000")
        .expect("0003e889045565a9 00000007 00000003 0000000c  0000 0000000000100000" + flags)
        .expect("0003e889045565a9 00000007 00000001 00000000");
  }

  public NbdServer server() {
    return server;
  }

  /** What the server counts. */
  public Metrics metrics() {
    return metrics;
  }

  public Path socket() {
    return socket;
  }

  public BufferPool pool() {
    return pool;
  }

  /** Lines logged so far. */
  public List<String> log() {
    return log.lines();
  }

  /** Waits until the server has forgotten all clients. */
  public void awaitNoConnections() {
    Waiting.until("no connections", () -> server.connections() == 0);
  }

  @Override
  public void close() throws IOException {
    boolean clean = shutdown();
    for (Thread thread : threads) {
      Waiting.until("end of thread " + thread.getName(), () -> !thread.isAlive());
    }
    Files.deleteIfExists(socket);
    Files.delete(folder);
    assertThat(pool.inUse()).as("chunks in use").isZero();
    assertThat(log.mistakes()).isEmpty();
    assertThat(clean).as("all connections ended by themselves").isTrue();
    pool.close();
  }

  private boolean shutdown() {
    try {
      return server.shutdown(0, TimeUnit.SECONDS.toNanos(10));
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  private void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    threads.removeIf(old -> old.getState() == Thread.State.TERMINATED);
    threads.add(thread);
    thread.start();
  }
}
