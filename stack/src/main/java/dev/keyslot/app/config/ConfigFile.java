package dev.keyslot.app.config;

import dev.keyslot.app.access.TlsSettings;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.hosts.HostKind;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import dev.keyslot.host.nbd.NbdLimits;
import dev.keyslot.host.nbd.transport.TlsPolicy;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.constructor.BaseConstructor;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a server's configuration file. Stateless. */
public final class ConfigFile {

  /** A thousand volumes take some 200 KiB. */
  private static final long FILE_BYTES_MAX = 4 << 20;

  private ConfigFile() {}

  /** Makes no objects of the document: nodes know their lines. */
  private static final class AsItStands extends BaseConstructor {

    AsItStands(LoadSettings settings) {
      super(settings);
    }

    @Override
    public Object constructSingleDocument(Optional<Node> document) {
      return document.orElse(null);
    }
  }

  /**
   * What {@code file} says, checked for form, not yet against the images.
   *
   * @throws StackException naming file, line and field
   */
  public static ServeConfig read(Path file) throws StackException {
    Section top = Section.of(file, "", compose(file));
    boolean insecureListen = top.flag("insecure-listen", false);
    List<Path> unix = new ArrayList<>();
    List<InetSocketAddress> tcp = new ArrayList<>();
    for (Section place : top.sections("listen")) {
      listener(place, unix, tcp);
    }
    TlsSettings tls = tls(top);
    NbdLimits limits = limits(top);
    Map<String, HostChoice> hosts = hosts(top);
    List<ServeConfig.Image> images = new ArrayList<>();
    for (Section image : top.sections("images")) {
      images.add(ImageSection.read(image, hosts));
    }
    top.end();
    try {
      return new ServeConfig(images, unix, tcp, insecureListen, tls, limits);
    } catch (IllegalArgumentException e) {
      throw top.wrong(e.getMessage());
    }
  }

  private static Node compose(Path file) throws StackException {
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw StackException.fix(
            "configuration must be at most %d bytes: bytes=%d file=%s",
            FILE_BYTES_MAX, Files.size(file), file);
      }
      LoadSettings settings = LoadSettings.builder().setLabel(file.toString()).build();
      String text = Files.readString(file, StandardCharsets.UTF_8);
      if (new Load(settings, new AsItStands(settings)).loadFromString(text) instanceof Node node) {
        return node;
      }
      throw StackException.fix("configuration must not be empty: file=%s", file);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(Mark::getLine).orElse(0) + 1;
      throw StackException.fix("%s", "%s:%d: no YAML: %s".formatted(file, line, e.getProblem()));
    } catch (YamlEngineException e) {
      throw StackException.fix("%s", "%s: no YAML: %s".formatted(file, e.getMessage()));
    } catch (IOException e) {
      throw new StackException(
          StackException.Category.FIX_CONFIG,
          "configuration must be a readable file of UTF-8: file=" + file,
          e);
    }
  }

  private static void listener(Section place, List<Path> unix, List<InetSocketAddress> tcp)
      throws StackException {
    switch (place.onlyKey()) {
      case "unix" -> unix.add(place.path("unix").orElseThrow());
      case "tcp" -> tcp.add(place.made("tcp", ListenAddress::parse).orElseThrow());
      default -> {
        place.text("unix");
        place.text("tcp");
        place.end();
      }
    }
  }

  private static TlsSettings tls(Section top) throws StackException {
    Optional<Section> found = top.section("tls");
    if (found.isEmpty()) {
      return TlsSettings.OFF;
    }
    Section tls = found.get();
    TlsPolicy.Mode mode = tls.choice("mode", TlsPolicy.Mode.REQUIRED);
    Optional<Path> directory = tls.path("directory");
    Optional<Path> psk = tls.path("psk");
    boolean verifyPeer = tls.flag("verify-peer", true);
    tls.end();
    try {
      return new TlsSettings(mode, directory, psk, verifyPeer);
    } catch (IllegalArgumentException e) {
      throw tls.wrong(e.getMessage());
    }
  }

  private static NbdLimits limits(Section top) throws StackException {
    var settings = new LimitSettings();
    Optional<Section> found = top.section("limits");
    if (found.isEmpty()) {
      return settings.limits();
    }
    Section limits = found.get();
    limits.taken("connections", settings::connections);
    limits.taken("export-connections", settings::exportConnections);
    limits.taken("handshake-seconds", settings::handshakeSeconds);
    limits.taken("idle-seconds", settings::idleSeconds);
    limits.taken("stall-seconds", settings::stallSeconds);
    limits.taken("connection-payload", settings::connectionPayload);
    limits.taken("payload", settings::payload);
    limits.end();
    try {
      return settings.limits();
    } catch (IllegalArgumentException e) {
      throw limits.wrong(e.getMessage());
    }
  }

  private static Map<String, HostChoice> hosts(Section top) throws StackException {
    Map<String, HostChoice> hosts = new LinkedHashMap<>();
    for (var named : top.named("hosts").entrySet()) {
      Section host = named.getValue();
      HostKind kind = host.made("kind", HostKind::named).orElse(HostKind.SDHCI_PCI);
      Optional<HostChoice> choice =
          host.made("keyslots", text -> new HostChoice(kind, Integer.parseInt(text)));
      host.end();
      hosts.put(named.getKey(), choice.orElseGet(() -> HostChoice.of(kind)));
    }
    return hosts;
  }
}
