package dev.keyslot.app.stack;

import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * One image in service: opened and locked, listened on, served, and let go in that order reversed.
 *
 * <p>Nothing on disk changes unless all of it can be had: sockets are bound before an image is
 * created, and clients find a Unix socket only once requests are answered. The thread that opens it
 * closes it; {@link #stop} may come from any.
 */
public final class ServeSession implements AutoCloseable {

  private final ServeConfig config;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final List<Listener> listeners = new ArrayList<>();

  /** Null until opened, and where opening failed. */
  private ImageFile image;

  /** Null until opened, and where opening failed. */
  private Server server;

  /** What opening had to make; null if the image was there. */
  private ImageCreation.Result created;

  private ServeSession(ServeConfig config) {
    this.config = config;
  }

  /** Puts an image into service with a stack of {@code opener}'s making. */
  public static ServeSession open(ServeConfig config, Server.Opener opener) throws StackException {
    var session = new ServeSession(config);
    try {
      session.start(opener);
      return session;
    } catch (StackException | RuntimeException e) {
      session.abandon(e);
      throw e;
    }
  }

  /** Puts an image into service. */
  public static ServeSession open(ServeConfig config) throws StackException {
    return open(config, Stack::open);
  }

  private void start(Server.Opener opener) throws StackException {
    TlsPolicy tls = config.tls().load();
    boolean create =
        config.image().sizeBytes().isPresent() && !Files.exists(config.image().image());
    if (!create) {
      openImage();
    }
    bind();
    if (create) {
      created = ImageCreation.create(config.image());
      openImage();
    }
    server = opener.open(config.stack(), image);
    server.tls(tls);
    for (Listener listener : listeners) {
      Thread acceptor =
          new Thread(server.acceptor(listener.channel()), "accept " + listener.place());
      acceptor.setDaemon(true);
      acceptor.start();
    }
    for (Listener listener : listeners) {
      listener.publish();
    }
  }

  private void openImage() throws StackException {
    image =
        ImageFile.open(
            config.image(),
            config.stack().readOnly() ? ImageFile.Access.READ : ImageFile.Access.WRITE);
  }

  private void bind() throws StackException {
    for (var path : config.unixSockets()) {
      listeners.add(UnixListener.bind(path));
    }
    for (var address : config.tcp()) {
      listeners.add(TcpListener.bind(address));
    }
  }

  /** URIs that clients connect to: each export at each listener. */
  public List<String> uris() {
    boolean secure = config.tls().mode() != TlsPolicy.Mode.OFF;
    return listeners.stream()
        .flatMap(listener -> server.exportNames().stream().map(name -> listener.uri(name, secure)))
        .toList();
  }

  /** The image in service. */
  public ImageFile image() {
    return image;
  }

  /** What was made because the image was missing. */
  public Optional<ImageCreation.Result> created() {
    return Optional.ofNullable(created);
  }

  /** Which engine encrypts. */
  public String engineName() {
    return server.engineName();
  }

  /** Which host serves, and who encrypts there. */
  public String hostLine() {
    return server.hostLine();
  }

  /** What the server counts. */
  public Meters meters() {
    return server.meters();
  }

  /** Whether writes are refused. */
  public boolean readOnly() {
    return config.stack().readOnly();
  }

  /** Waits until {@link #stop}. */
  public void runUntilStopped() {
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets {@link #runUntilStopped} return. */
  public void stop() {
    stopped.countDown();
  }

  /**
   * Takes no more clients, answers what was read, flushes, and unlocks the image.
   *
   * @throws StackException if the flush failed
   */
  @Override
  public void close() throws StackException {
    stop();
    listeners.forEach(Listener::close);
    listeners.clear();
    try {
      if (server != null) {
        server.close();
      }
    } finally {
      server = null;
      if (image != null) {
        image.close();
      }
    }
  }

  private void abandon(Exception reason) {
    try {
      close();
    } catch (StackException | RuntimeException e) {
      reason.addSuppressed(e);
    }
    if (created != null) {
      created.undo();
    }
  }
}
