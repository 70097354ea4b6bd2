package dev.keyslot.app.config;

import dev.keyslot.app.access.AllowList;
import dev.keyslot.app.access.ExportRules;
import dev.keyslot.app.hosts.HostChoice;
import dev.keyslot.app.image.ByteSize;
import dev.keyslot.app.image.ImageRequest;
import dev.keyslot.app.image.StackException;
import dev.keyslot.app.stack.ServeConfig;
import dev.keyslot.app.stack.StackConfig;
import dev.keyslot.host.volume.DiscardPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** One image of the file: where it lies, how it is served, and its volumes. Stateless. */
final class ImageSection {

  private ImageSection() {}

  /** Reads all of {@code image}; {@code hosts} are those that the file names. */
  static ServeConfig.Image read(Section image, Map<String, HostChoice> hosts)
      throws StackException {
    image.needed("path");
    Path path = image.path("path").orElseThrow();
    boolean readOnly = image.flag("read-only", false);
    StackConfig.Engine engine = image.choice("engine", StackConfig.Engine.AUTO);
    DiscardPolicy discard = image.choice("discard", DiscardPolicy.DEALLOCATE);
    HostChoice host = host(image, hosts);
    Optional<Path> keyFile = image.path("key-file");
    Map<String, ExportRules.Rule> rules = new LinkedHashMap<>();
    List<ImageRequest.Volume> volumes = new ArrayList<>();
    List<Section> listed = image.sections("volumes");
    for (Section volume : listed) {
      volumes.add(volume(volume, rules));
    }
    if (listed.isEmpty()) {
      rules.put("", rule(image));
    }
    image.end();
    try {
      return new ServeConfig.Image(
          new ImageRequest(path, OptionalLong.empty(), OptionalInt.empty(), keyFile, volumes),
          new StackConfig(
              new ExportRules(Optional.empty(), rules, AllowList.EVERYBODY),
              readOnly,
              engine,
              host,
              discard,
              List.of()));
    } catch (IllegalArgumentException e) {
      throw image.wrong(e.getMessage());
    }
  }

  private static HostChoice host(Section image, Map<String, HostChoice> hosts)
      throws StackException {
    Optional<String> name = image.text("host");
    if (name.isEmpty()) {
      return HostChoice.defaults();
    }
    if (!hosts.containsKey(name.get())) {
      throw image.wrong(
          "host",
          "must be one of the hosts above: host=%s hosts=%s".formatted(name.get(), hosts.keySet()));
    }
    return hosts.get(name.get());
  }

  private static ImageRequest.Volume volume(Section volume, Map<String, ExportRules.Rule> rules)
      throws StackException {
    String name = volume.needed("name");
    volume.needed("offset");
    volume.needed("size");
    volume.needed("key-file");
    long offset = volume.made("offset", text -> ByteSize.parse(text, "offset")).orElseThrow();
    long size = volume.made("size", text -> ByteSize.parse(text, "size")).orElseThrow();
    Path keyFile = volume.path("key-file").orElseThrow();
    if (rules.put(name, rule(volume)) != null) {
      throw volume.wrong("name", "volume names must differ: volume=" + name);
    }
    volume.end();
    try {
      return new ImageRequest.Volume(name, offset, size, keyFile);
    } catch (IllegalArgumentException e) {
      throw volume.wrong("name", e.getMessage());
    }
  }

  private static ExportRules.Rule rule(Section of) throws StackException {
    Optional<String> export = of.text("export");
    boolean tlsOnly = of.flag("tls-only", false);
    List<String> entries = new ArrayList<>();
    for (Section who : of.sections("allow")) {
      String kind = who.onlyKey();
      who.text("unix-user");
      who.text("certificate");
      who.text("psk-identity");
      who.end();
      entries.add(kind + "=" + who.needed(kind));
    }
    try {
      return new ExportRules.Rule(export, AllowList.of(entries, tlsOnly));
    } catch (IllegalArgumentException e) {
      throw of.wrong("allow", e.getMessage());
    }
  }
}
