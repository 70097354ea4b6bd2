package dev.keyslot.app.cli;

import dev.keyslot.app.access.AllowList;
import dev.keyslot.app.access.ExportRules;
import java.util.Map;

/** To whom {@code keyslot serve} shows its volumes; single volumes need a configuration file. */
final class AccessArguments {

  static final String EXPORT = "export";

  private AccessArguments() {}

  static void declare(Syntax syntax) {
    syntax.value(
        "allow",
        "WHO",
        "Only unix-user=NAME, certificate=SUBJECT or psk-identity=NAME; repeatable.");
  }

  /**
   * The same for all volumes.
   *
   * @throws IllegalArgumentException naming the entry that cannot be meant
   */
  static ExportRules rules(Words words) {
    return new ExportRules(words.text(EXPORT), Map.of(), AllowList.of(words.texts("allow"), false));
  }
}
