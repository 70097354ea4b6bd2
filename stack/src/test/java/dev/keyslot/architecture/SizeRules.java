package dev.keyslot.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.lang.model.element.Modifier;

/** How long a file, a method, a parameter list and a room may be, and what must be documented. */
final class SizeRules {

  static final int FILE_LINES_MAX = 500;
  static final int METHOD_LINES_MAX = 60;
  static final int PARAMETERS_MAX = 6;
  static final int DOOR_PLATE_LINES_MAX = 25;
  static final int PUBLIC_TYPES_MAX = 8;

  /**
   * Rooms that publish more than they should, with the number they have come down to. It may only
   * go down.
   */
  static final Map<String, Integer> PUBLIC_TYPES_RATCHET = Map.of("host.block", 10);

  private SizeRules() {}

  /** What one Java file does wrong. */
  static List<String> violations(SourceFile file) {
    List<String> wrong = new ArrayList<>();
    if (file.lines() > FILE_LINES_MAX) {
      wrong.add(
          "%s: at most %d lines: lines=%d".formatted(file.path(), FILE_LINES_MAX, file.lines()));
    }
    if (file.isPackageInfo()) {
      if (file.lines() > DOOR_PLATE_LINES_MAX) {
        wrong.add(
            "%s: a door-plate has at most %d lines: lines=%d"
                .formatted(file.path(), DOOR_PLATE_LINES_MAX, file.lines()));
      }
      return wrong;
    }
    JavaShape shape = JavaShape.of(file);
    for (JavaShape.Method method : shape.methods()) {
      methodViolations(file, method, wrong);
    }
    if (file.isMain()) {
      for (JavaShape.Type type : shape.types()) {
        if (!type.modifiers().contains(Modifier.PRIVATE)) {
          commentViolations(file, type, wrong);
        }
      }
    }
    return wrong;
  }

  private static void methodViolations(
      SourceFile file, JavaShape.Method method, List<String> wrong) {
    String where = "%s:%d: %s".formatted(file.path(), method.line(), method.name());
    if (method.lines() > METHOD_LINES_MAX) {
      wrong.add(
          "%s: at most %d lines: lines=%d".formatted(where, METHOD_LINES_MAX, method.lines()));
    }
    if (method.parameters() > PARAMETERS_MAX) {
      wrong.add(
          "%s: at most %d parameters: parameters=%d"
              .formatted(where, PARAMETERS_MAX, method.parameters()));
    }
  }

  private static void commentViolations(SourceFile file, JavaShape.Type type, List<String> wrong) {
    String where = "%s:%d: %s".formatted(file.path(), type.line(), type.name());
    if (type.comment() == null) {
      wrong.add(where + ": every type that others see has a comment");
      return;
    }
    String paragraph = type.comment().strip().split("\n\\s*\n|<p>|\n\\s*@", 2)[0].strip();
    if (!paragraph.matches("(?s).*\\.([)\"}]|</\\w+>)*")) {
      wrong.add(where + ": the first paragraph of a type's comment ends in a full stop");
    }
  }

  /** Rooms with too many public types or without a door-plate. */
  static List<String> roomViolations(List<SourceFile> files) {
    Map<String, Integer> publicTypes = new TreeMap<>();
    Map<String, Boolean> doorPlates = new TreeMap<>();
    for (SourceFile file : files) {
      String room = file.isMain() ? file.room() : null;
      if (room == null || room.isEmpty()) {
        continue;
      }
      doorPlates.merge(room, file.isPackageInfo(), Boolean::logicalOr);
      boolean published =
          JavaShape.of(file).types().stream()
              .anyMatch(t -> t.topLevel() && t.modifiers().contains(Modifier.PUBLIC));
      publicTypes.merge(room, published ? 1 : 0, Integer::sum);
    }
    List<String> wrong = new ArrayList<>();
    doorPlates.forEach(
        (room, present) -> {
          if (!present) {
            wrong.add(room + ": a room has a package-info.java");
          }
        });
    publicTypes.forEach(
        (room, count) -> {
          int limit = PUBLIC_TYPES_RATCHET.getOrDefault(room, PUBLIC_TYPES_MAX);
          if (count > limit && !room.startsWith("link.")) {
            wrong.add("%s: at most %d public types: count=%d".formatted(room, limit, count));
          }
        });
    return wrong;
  }
}
