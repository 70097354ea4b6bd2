package dev.keyslot.app.stack;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.app.image.ImageCreation;
import dev.keyslot.app.image.ImageFile;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.metrics.Meters;
import dev.keyslot.app.systemd.ActivationSocket;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Images in service: opened and locked, listened on, served, and let go in that order reversed.
 *
 * <p>Nothing on disk changes unless all of it can be had: sockets are bound before an image is
 * created, and clients find a Unix socket only once requests are answered. The thread that opens it
 * reloads and closes it; {@link #stop} and {@link #wantReload} may come from any.
 */
public final class ServeSession implements AutoCloseable {

  /** What other threads ask of the session's own. */
  private enum Wish {
    RELOAD,
    STOP
  }

  /** More wishes than these are the same ones again. */
  private static final int WISHES_MAX = 16;

  private final Server.Opener opener;
  private final BlockingQueue<Wish> wishes = new ArrayBlockingQueue<>(WISHES_MAX);
  private final Listeners listeners = new Listeners();
  private final List<ActivationSocket> inherited;

  /** By {@link ServeConfig.Image#key}, in the order of the configuration. */
  private final Map<Path, Served> served = new LinkedHashMap<>();

  private volatile boolean stopped;
  private ServeConfig config;

  /** What opening had to make; null if the images were there. */
  private ImageCreation.Result created;

  /** An image in service. */
  public record Served(ServeConfig.Image plan, ImageFile image, Server server) {}

  private ServeSession(ServeConfig config, Server.Opener opener, List<ActivationSocket> inherited) {
    this.config = config;
    this.opener = opener;
    this.inherited = List.copyOf(inherited);
  }

  /** Puts images into service with stacks of {@code opener}'s making. */
  public static ServeSession open(ServeConfig config, Server.Opener opener) throws StackException {
    return open(config, opener, List.of());
  }

  private static ServeSession open(
      ServeConfig config, Server.Opener opener, List<ActivationSocket> inherited)
      throws StackException {
    var session = new ServeSession(config, opener, inherited);
    try {
      session.start();
      return session;
    } catch (StackException | RuntimeException e) {
      session.abandon(e);
      throw e;
    }
  }

  /** Puts images into service. */
  public static ServeSession open(ServeConfig config) throws StackException {
    return open(config, List.of(), Disturbance.NONE);
  }

  /**
   * The same, also at sockets that were opened for us, and over silicon that misbehaves.
   *
   * @param inherited if there are any, there is no default socket
   */
  public static ServeSession open(
      ServeConfig config, List<ActivationSocket> inherited, Disturbance disturbance)
      throws StackException {
    return open(config, new Front(config.limits(), disturbance), inherited);
  }

  private void start() throws StackException {
    TlsPolicy tls = config.tls().load();
    Map<Path, ImageFile> opened = new LinkedHashMap<>();
    try {
      for (ServeConfig.Image image : config.images()) {
        if (!isToBeMade(image)) {
          opened.put(image.key(), openImage(image));
        }
      }
      listeners.inherit(inherited, config);
      listeners.add(config);
      for (ServeConfig.Image image : config.images()) {
        if (!opened.containsKey(image.key())) {
          created = ImageCreation.create(image.request());
          opened.put(image.key(), openImage(image));
        }
      }
      for (ServeConfig.Image image : config.images()) {
        serve(image, opened.remove(image.key()), tls);
      }
    } finally {
      opened.values().forEach(ImageFile::close);
    }
    listeners.start(served.values().iterator().next().server());
  }

  private static boolean isToBeMade(ServeConfig.Image image) {
    return image.request().sizeBytes().isPresent() && !Files.exists(image.request().image());
  }

  private static ImageFile openImage(ServeConfig.Image image) throws StackException {
    return ImageFile.open(
        image.request(), image.stack().readOnly() ? ImageFile.Access.READ : ImageFile.Access.WRITE);
  }

  private void serve(ServeConfig.Image plan, ImageFile image, TlsPolicy tls) throws StackException {
    try {
      Server server = opener.open(plan.stack(), image);
      served.put(plan.key(), new Served(plan, image, server));
      server.tls(tls);
    } catch (StackException | RuntimeException e) {
      if (!served.containsKey(plan.key())) {
        image.close();
      }
      throw e;
    }
  }

  /** URIs that clients connect to: each export at each listener. */
  public List<String> uris() {
    boolean secure = config.tls().mode() != TlsPolicy.Mode.OFF;
    List<String> names =
        served.values().stream().flatMap(each -> each.server().exportNames().stream()).toList();
    return listeners.uris(names, secure);
  }

  /** The images in service. */
  public List<Served> images() {
    return List.copyOf(served.values());
  }

  /** What the server counts. */
  public Meters meters() {
    return served.values().iterator().next().server().meters();
  }

  /** What was made because the image was missing. */
  public Optional<ImageCreation.Result> created() {
    return Optional.ofNullable(created);
  }

  /** Waits until {@link #wantReload} or {@link #stop}; false means stop. */
  public boolean awaitReload() {
    try {
      return !stopped && wishes.take() == Wish.RELOAD && !stopped;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits until {@link #stop}. */
  public void runUntilStopped() {
    boolean reloadWanted = true;
    while (reloadWanted) {
      reloadWanted = awaitReload();
    }
  }

  /** Lets {@link #awaitReload} return true. */
  public void wantReload() {
    wishes.offer(Wish.RELOAD);
  }

  /** Lets {@link #awaitReload} return false. */
  public void stop() {
    stopped = true;
    wishes.offer(Wish.STOP);
  }

  /**
   * Serves what {@code next} says from now on: images and volumes come and go, those that stay keep
   * their clients. TLS credentials are read anew, for clients that connect from now on.
   *
   * @throws StackException if that cannot be had. Unless the message says otherwise, nothing has
   *     changed
   */
  public void reload(ServeConfig next) throws StackException {
    refuseWhatNeedsARestart(next);
    TlsPolicy tls = next.tls().load();
    Map<Path, ImageFile> opened = new LinkedHashMap<>();
    try {
      for (ServeConfig.Image image : next.images()) {
        opened.put(
            image.key(),
            served.containsKey(image.key())
                ? ImageFile.open(image.request(), ImageFile.Access.PEEK)
                : openImage(image));
      }
      listeners.add(next);
    } catch (StackException | RuntimeException e) {
      opened.values().forEach(ImageFile::close);
      throw e;
    }
    config = next;
    change(next, opened, tls);
  }

  private void refuseWhatNeedsARestart(ServeConfig next) throws StackException {
    if (!config.limits().equals(next.limits())) {
      throw StackException.fix("limits cannot change while served: restart the server");
    }
    for (ServeConfig.Image image : next.images()) {
      Served known = served.get(image.key());
      if (known != null && known.plan().stack().needsAnother(image.stack())) {
        throw StackException.fix(
            "host, engine, discard and read-only of an image cannot change while it is served"
                + " (take it out, reload, put it back): image=%s",
            image.request().image());
      }
      if (known == null && isToBeMade(image)) {
        throw StackException.fix(
            "image must exist before it is added: image=%s", image.request().image());
      }
    }
  }

  /** Nothing is expected to fail here; what does is told when all else is done. */
  private void change(ServeConfig next, Map<Path, ImageFile> opened, TlsPolicy tls)
      throws StackException {
    List<StackException> failures = new ArrayList<>();
    for (Served each : images()) {
      each.server().tls(tls);
      if (!opened.containsKey(each.plan().key())) {
        attempt(failures, () -> remove(each));
      }
    }
    for (ServeConfig.Image image : next.images()) {
      ImageFile file = opened.get(image.key());
      Served known = served.get(image.key());
      if (known == null) {
        attempt(failures, () -> serve(image, file, tls));
      } else {
        attempt(failures, () -> known.server().serve(image.stack(), file));
        file.close();
      }
    }
    attempt(failures, () -> listeners.keep(next));
    if (!failures.isEmpty()) {
      StackException first = failures.getFirst();
      throw new StackException(
          first.category(), "reloaded but for this: " + first.getMessage(), first);
    }
  }

  /** A step that may fail. */
  private interface Step {
    void run() throws StackException;
  }

  private static void attempt(List<StackException> failures, Step step) {
    try {
      step.run();
    } catch (StackException e) {
      failures.add(e);
    }
  }

  private void remove(Served gone) throws StackException {
    served.remove(gone.plan().key());
    try {
      gone.server().close();
    } finally {
      gone.image().close();
    }
  }

  /**
   * Takes no more clients, answers what was read, flushes, and unlocks the images.
   *
   * @throws StackException if a flush failed
   */
  @Override
  public void close() throws StackException {
    stop();
    listeners.close();
    opener.shutdown();
    List<StackException> failures = new ArrayList<>();
    for (Served each : images()) {
      attempt(failures, () -> remove(each));
    }
    opener.release();
    if (!failures.isEmpty()) {
      throw failures.getFirst();
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
