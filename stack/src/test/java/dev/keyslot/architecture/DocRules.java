package dev.keyslot.architecture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Links of the documents resolve, and the class names they mention exist. */
final class DocRules {

  private static final Pattern FENCE = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?)\\s*$");

  /** `Type`, `room.Type`, `Type.member` or `Type.member()` in backticks. */
  private static final Pattern TYPE_NAME =
      Pattern.compile(
          "`((?:[a-z][a-z0-9]*\\.)*)([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)"
              + "(?:[.#]([A-Za-z]\\w*)(?:\\([^`]*\\))?)?`");

  private static final Pattern DECLARATION =
      Pattern.compile("\\b(?:class|interface|enum|record) ([A-Z]\\w*)");

  private DocRules() {}

  /** Relative links of {@code doc} that lead nowhere. */
  static List<String> brokenLinks(SourceFile doc, Path root) throws java.io.IOException {
    List<String> wrong = new ArrayList<>();
    Matcher m = LINK.matcher(withoutFences(doc.text()));
    while (m.find()) {
      String target = m.group(1);
      if (target.matches("[a-z][a-z+.-]*:.*")) {
        continue;
      }
      String[] parts = target.split("#", 2);
      Path own = root.resolve(doc.path());
      Path file = parts[0].isEmpty() ? own : own.resolveSibling(parts[0]).normalize();
      boolean broken = !file.equals(own) && !Files.exists(file);
      if (!broken && parts.length == 2) {
        String text = file.equals(own) ? doc.text() : Files.readString(file);
        broken = !anchors(text).contains(parts[1]);
      }
      if (broken) {
        wrong.add(
            "%s:%d: link leads nowhere: %s".formatted(doc.path(), doc.lineOf(m.start()), target));
      }
    }
    return wrong;
  }

  /** Which files declare a type, top-level or nested, by its simple name. */
  static Map<String, List<SourceFile>> declarations(List<SourceFile> tree) {
    Map<String, List<SourceFile>> found = new HashMap<>();
    for (SourceFile file : tree) {
      if (file.isJava()) {
        Matcher m = DECLARATION.matcher(file.code());
        while (m.find()) {
          found.computeIfAbsent(m.group(1), name -> new ArrayList<>()).add(file);
        }
      }
    }
    return found;
  }

  /** Names of types in {@code doc} that are declared nowhere, or lack the member named. */
  static List<String> unknownTypes(SourceFile doc, Map<String, List<SourceFile>> declarations) {
    List<String> wrong = new ArrayList<>();
    Matcher m = TYPE_NAME.matcher(withoutFences(doc.text()));
    while (m.find()) {
      String room = m.group(1).isEmpty() ? null : m.group(1).substring(0, m.group(1).length() - 1);
      String member = m.group(3);
      boolean exists =
          declarations.getOrDefault(m.group(2), List.of()).stream()
              .filter(f -> room == null || room.equals(f.room()))
              .anyMatch(f -> member == null || f.code().matches("(?s).*\\b" + member + "\\b.*"));
      if (!exists) {
        wrong.add(
            "%s:%d: no such type: %s".formatted(doc.path(), doc.lineOf(m.start()), m.group()));
      }
    }
    return wrong;
  }

  private static String withoutFences(String text) {
    return FENCE.matcher(text).replaceAll(m -> m.group().replaceAll("[^\n]", " "));
  }

  /** Anchors as common renderers make them from headings. */
  private static Set<String> anchors(String text) {
    Set<String> found = new HashSet<>();
    Matcher m = HEADING.matcher(withoutFences(text));
    while (m.find()) {
      found.add(
          m.group(1)
              .toLowerCase(Locale.ROOT)
              .replaceAll("[^\\p{L}\\p{N} _-]", "")
              .replace(' ', '-'));
    }
    return found;
  }
}
