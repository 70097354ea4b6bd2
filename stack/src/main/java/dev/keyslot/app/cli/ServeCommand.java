package dev.keyslot.app.cli;

import dev.keyslot.app.config.ConfigFile;
import dev.keyslot.app.config.ListenAddress;
import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import dev.keyslot.app.stack.ServeSession;
import dev.keyslot.app.stack.StackConfig;
import dev.keyslot.app.systemd.ActivationSocket;
import dev.keyslot.app.systemd.Notifier;
import dev.keyslot.base.Clock;
import dev.keyslot.host.volume.DiscardPolicy;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** {@code keyslot serve}: an image's volumes over NBD until a signal comes. */
final class ServeCommand implements Command {

  /** A thousand volumes need not fill the screen. */
  private static final int URIS_SHOWN = 16;

  private static final String READ_ONLY = "read-only";
  private static final String UNIX = "unix";
  private static final String LISTEN = "listen";
  private static final String INSECURE_LISTEN = "insecure-listen";
  private static final String ENGINE = "engine";
  private static final String DISCARD = "discard";

  /** The launcher's: serve one client of our own, which writes over the first 64 KiB, and end. */
  private static final String REHEARSE = "rehearse";

  ServeCommand() {}

  @Override
  public String name() {
    return "serve";
  }

  @Override
  public List<String> description() {
    return List.of(
        "Serve an image over NBD until SIGTERM or SIGINT.",
        "",
        "With --size, a missing image is created first. Clients see plaintext: the",
        "default listener is a Unix socket that only you can open.");
  }

  @Override
  public void declare(Syntax syntax) {
    syntax.optionalOperand(ImageArguments.LABEL, ImageArguments.MEANING);
    ConfigArguments.declare(syntax);
    syntax
        .value(
            ImageArguments.SIZE,
            "SIZE",
            "Create the image if it is missing, of so many bytes, or with K, M, G or T (powers of"
                + " 1024).")
        .value(
            ImageArguments.DATA_UNIT,
            "BYTES",
            "512 or 4096; must agree with an image that exists.");
    ImageArguments.declareKeys(syntax);
    syntax
        .value(AccessArguments.EXPORT, "NAME", "Name of the export; default: the empty name.")
        .flag(READ_ONLY, "Refuse writes.")
        .value(UNIX, "PATH", "Listen on a Unix socket (default: IMAGE.sock); repeatable.")
        .value(LISTEN, "HOST:PORT", "Listen on TCP; repeatable; port 0: any free one.")
        .flag(INSECURE_LISTEN, "Allow TCP addresses other than loopback where TLS is not required.")
        .value(ENGINE, "ENGINE", "Who computes AES: auto (default), vaes, libcrypto or jdk.");
    HostArguments.declare(syntax);
    syntax.value(DISCARD, "POLICY", "TRIM: deallocate (default, punches holes), zero, or off.");
    AccessArguments.declare(syntax);
    TraceArguments.declare(syntax);
    TlsArguments.declare(syntax);
    MetricsArguments.declare(syntax);
    LimitArguments.declare(syntax);
    FaultArguments.declare(syntax);
    syntax.hiddenFlag(REHEARSE);
  }

  @Override
  public void run(Words words, PrintWriter out) throws StackException {
    Optional<String> catalogue = FaultArguments.catalogue(words);
    if (catalogue.isPresent()) {
      out.print(catalogue.get());
      out.flush();
      return;
    }
    Optional<Path> file = ConfigArguments.file(words);
    ServeConfig config = file.isPresent() ? ConfigFile.read(file.get()) : config(words);
    var inherited = ActivationSocket.take(System.getenv(), ProcessHandle.current().pid());
    var endpoint = MetricsArguments.bind(words, config.insecureListen());
    try (var _ = endpoint.orElse(null);
        ServeSession session =
            ServeSession.open(config, inherited, FaultArguments.disturbance(words));
        var _ = Termination.calling(session::stop)) {
      endpoint.ifPresent(bound -> bound.publish(session.meters()));
      endpoint.ifPresent(bound -> out.printf("metrics at %s%n", bound.url()));
      session.images().forEach(image -> printImage(out, session, image));
      FaultArguments.warning(words).ifPresent(out::println);
      printUris(out, session.uris());
      if (words.has(REHEARSE)) {
        Rehearsal.with(words.paths(UNIX).getFirst());
      } else {
        serve(session, file, out);
      }
    }
  }

  private static void serve(ServeSession session, Optional<Path> file, PrintWriter out)
      throws StackException {
    var manager = new Notifier(System.getenv(), Clock.system());
    if (file.isPresent()) {
      HangUp.calls(session::wantReload);
    }
    manager.ready("serving");
    while (session.awaitReload()) {
      reload(session, file.orElseThrow(), manager, out);
    }
    manager.stopping();
  }

  /** A file that cannot be served changes nothing. */
  private static void reload(ServeSession session, Path file, Notifier manager, PrintWriter out) {
    manager.reloading();
    String status;
    try {
      session.reload(ConfigFile.read(file));
      status = "reloaded: " + session.images().size() + " images";
    } catch (StackException e) {
      status = "not reloaded: " + e.getMessage();
    }
    out.println(status);
    out.flush();
    manager.ready(status);
  }

  private static ServeConfig config(Words words) {
    ImageRequest image = ImageArguments.request(words);
    return UsageException.ifRefused(
        () ->
            new ServeConfig(
                List.of(
                    new ServeConfig.Image(
                        image,
                        new StackConfig(
                            AccessArguments.rules(words),
                            words.has(READ_ONLY),
                            words
                                .choice(ENGINE, StackConfig.Engine.class)
                                .orElse(StackConfig.Engine.AUTO),
                            HostArguments.choice(words),
                            words
                                .choice(DISCARD, DiscardPolicy.class)
                                .orElse(DiscardPolicy.DEALLOCATE),
                            TraceArguments.requests(words)))),
                words.paths(UNIX),
                words.texts(LISTEN).stream().map(ListenAddress::parse).toList(),
                words.has(INSECURE_LISTEN),
                TlsArguments.settings(words),
                LimitArguments.limits(words)));
  }

  private static void printImage(PrintWriter out, ServeSession session, ServeSession.Served image) {
    ImageRequest request = image.plan().request();
    session.created().ifPresent(result -> CreateCommand.print(out, request, result));
    if (session.created().isEmpty()) {
      CreateCommand.printKeyHint(out, request);
    }
    var sidecar = image.image().sidecar();
    out.printf(
        "serving %s: %s, data unit %d bytes, engine %s%s%n",
        request.image(),
        ByteSize.exact(sidecar.imageBytes()),
        sidecar.dataUnitBytes(),
        image.server().engineName(),
        image.plan().stack().readOnly() ? ", read-only" : "");
    out.printf("host %s%n", image.server().hostLine());
  }

  private static void printUris(PrintWriter out, List<String> uris) {
    uris.stream().limit(URIS_SHOWN).forEach(uri -> out.printf("  %s%n", uri));
    if (uris.size() > URIS_SHOWN) {
      out.printf("  and %d more%n", uris.size() - URIS_SHOWN);
    }
    String uri = uris.getFirst();
    out.println("connect with, for example:");
    out.printf("  nbdinfo '%s'%n", uri);
    out.printf("  nbdcopy disk.raw '%s'%n", uri);
    out.printf("  qemu-img convert -n -f raw -O raw disk.raw '%s'%n", uri);
    out.println("stop with Ctrl-C or SIGTERM");
    out.flush();
  }
}
