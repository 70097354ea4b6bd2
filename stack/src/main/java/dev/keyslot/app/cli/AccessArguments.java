package dev.keyslot.app.cli;

import dev.keyslot.app.access.AllowList;
import dev.keyslot.app.access.ExportRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** To whom {@code keyslot serve} shows its volumes; single volumes need a configuration file. */
final class AccessArguments {

  @Option(
      names = "--allow",
      paramLabel = "WHO",
      order = 19,
      description = "Only unix-user=NAME, certificate=SUBJECT or psk-identity=NAME; repeatable.")
  private List<String> allowed = new ArrayList<>();

  AccessArguments() {}

  /**
   * The same for all volumes.
   *
   * @param export the name of the export of an image with one volume; null for its own
   * @throws IllegalArgumentException naming the entry that cannot be meant
   */
  ExportRules rules(String export) {
    return new ExportRules(Optional.ofNullable(export), Map.of(), AllowList.of(allowed, false));
  }
}
