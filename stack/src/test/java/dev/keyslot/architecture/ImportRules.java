package dev.keyslot.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads names of rooms in source text: constants that the compiler inlines and links in comments
 * leave no trace in bytecode.
 */
final class ImportRules {

  /** A name of ours, in an import, in code or in a comment: its package part is group 1. */
  private static final Pattern QUALIFIED =
      Pattern.compile("\\bdev\\.keyslot((?:\\.[a-z][a-z0-9_]*)+)\\.(?:[A-Z]\\w*|\\*)");

  private ImportRules() {}

  /** Rooms that a production file names without leave, one sentence each. */
  static List<String> violations(SourceFile file) {
    String from = file.room();
    if (from == null || from.isEmpty()) {
      return List.of();
    }
    TreeSet<String> found = new TreeSet<>();
    Matcher m = QUALIFIED.matcher(file.text());
    while (m.find()) {
      String to = m.group(1).substring(1);
      boolean allowed = file.isMain() ? Rooms.mayKnow(from, to) : !Rooms.acrossTheWall(from, to);
      if (!allowed) {
        found.add(
            "%s:%d: %s must not name %s (%s)"
                .formatted(file.path(), file.lineOf(m.start()), from, to, m.group()));
      }
    }
    return new ArrayList<>(found);
  }
}
