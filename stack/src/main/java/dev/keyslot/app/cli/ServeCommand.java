package dev.keyslot.app.cli;

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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code keyslot serve}: an image's volumes over NBD until a signal comes. */
@Command(
    name = "serve",
    sortOptions = false,
    description = {
      "Serve an image over NBD until SIGTERM or SIGINT.",
      "",
      "With --size, a missing image is created first. Clients see plaintext: the",
      "default listener is a Unix socket that only you can open.",
      ""
    })
final class ServeCommand implements Callable<Integer> {

  /** A thousand volumes need not fill the screen. */
  private static final int URIS_SHOWN = 16;

  @Spec private CommandSpec command;

  @Mixin private ConfigArguments file;

  @Mixin private ImageArguments arguments;

  @Mixin private TraceArguments traces;

  @Mixin private TlsArguments tls;

  @Mixin private LimitArguments limits;

  @Mixin private AccessArguments access;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      order = 1,
      description =
          "Create the image if it is missing, of so many bytes, or with K, M, G or T (powers of"
              + " 1024).")
  private String size;

  @Option(
      names = "--data-unit",
      paramLabel = "BYTES",
      order = 2,
      description = "512 or 4096; must agree with an image that exists.")
  private Integer dataUnitBytes;

  @Option(
      names = "--export",
      paramLabel = "NAME",
      order = 5,
      description = "Name of the export; default: the empty name.")
  private String export;

  @Option(names = "--read-only", order = 6, description = "Refuse writes.")
  private boolean readOnly;

  @Option(
      names = "--unix",
      paramLabel = "PATH",
      order = 7,
      description = "Listen on a Unix socket (default: IMAGE.sock); repeatable.")
  private List<Path> unixSockets = new ArrayList<>();

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      order = 8,
      description = "Listen on TCP; repeatable; port 0: any free one.")
  private List<String> tcp = new ArrayList<>();

  @Option(
      names = "--insecure-listen",
      order = 9,
      description = "Allow TCP addresses other than loopback where TLS is not required.")
  private boolean insecureListen;

  @Option(
      names = "--engine",
      paramLabel = "ENGINE",
      order = 10,
      description = "Who computes AES: auto (default), vaes, libcrypto or jdk.")
  private StackConfig.Engine engine = StackConfig.Engine.AUTO;

  @Mixin private HostArguments hosts;

  @Option(
      names = "--discard",
      paramLabel = "POLICY",
      order = 12,
      description = "TRIM: deallocate (default, punches holes), zero, or off.")
  private DiscardPolicy discard = DiscardPolicy.DEALLOCATE;

  @Mixin private MetricsArguments metrics;

  @Mixin private FaultArguments faults;

  @Option(
      names = "--rehearse",
      hidden = true,
      description = "Serve one client of our own, which writes over the first 64 KiB, and end.")
  private boolean rehearse;

  ServeCommand() {}

  @Override
  public Integer call() throws StackException {
    if (file.given()) {
      file.refuseOthers();
    }
    ServeConfig config = file.given() ? file.read() : config();
    var inherited = ActivationSocket.take(System.getenv(), ProcessHandle.current().pid());
    var endpoint = metrics.bind(config.insecureListen());
    try (var _ = endpoint.orElse(null);
        ServeSession session = ServeSession.open(config, inherited, faults.disturbance());
        var _ = Termination.calling(session::stop)) {
      endpoint.ifPresent(bound -> bound.publish(session.meters()));
      PrintWriter out = command.commandLine().getOut();
      endpoint.ifPresent(bound -> out.printf("metrics at %s%n", bound.url()));
      session.images().forEach(image -> printImage(out, session, image));
      faults.warning().ifPresent(out::println);
      printUris(out, session.uris());
      if (rehearse) {
        Rehearsal.with(unixSockets.getFirst());
      } else {
        serve(session);
      }
    }
    return 0;
  }

  private void serve(ServeSession session) throws StackException {
    var manager = new Notifier(System.getenv(), Clock.system());
    if (file.given()) {
      HangUp.calls(session::wantReload);
    }
    manager.ready("serving");
    while (session.awaitReload()) {
      reload(session, manager);
    }
    manager.stopping();
  }

  /** A file that cannot be served changes nothing. */
  private void reload(ServeSession session, Notifier manager) {
    manager.reloading();
    PrintWriter out = command.commandLine().getOut();
    String status;
    try {
      session.reload(file.read());
      status = "reloaded: " + session.images().size() + " images";
    } catch (StackException e) {
      status = "not reloaded: " + e.getMessage();
    }
    out.println(status);
    out.flush();
    manager.ready(status);
  }

  private ServeConfig config() {
    ImageRequest image = arguments.request(size, dataUnitBytes);
    return arguments.checked(
        () ->
            new ServeConfig(
                List.of(
                    new ServeConfig.Image(
                        image,
                        new StackConfig(
                            access.rules(export),
                            readOnly,
                            engine,
                            hosts.choice(),
                            discard,
                            traces.requests()))),
                unixSockets,
                tcp.stream().map(ListenAddress::parse).toList(),
                insecureListen,
                tls.settings(),
                limits.limits()));
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
