package dev.keyslot.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text file of the tree, or a planted one.
 *
 * @param path relative to the root of the tree, with slashes
 */
record SourceFile(String path, String text) {

  private static final Set<String> SKIPPED_DIRECTORIES =
      Set.of("target", ".git", ".idea", ".vscode");

  private static final Set<String> TEXT_ENDINGS =
      Set.of("java", "md", "xml", "sh", "py", "json", "config", "txt", "properties", "gitignore");

  private static final Pattern PACKAGE =
      Pattern.compile("^package ([a-z0-9_.]+);", Pattern.MULTILINE);

  /** Comments and literals; the alternatives are tried in this order at each place. */
  private static final Pattern NOT_CODE =
      Pattern.compile(
          "\"\"\"(?s:.*?)(?<!\\\\)\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])+'"
              + "|//[^\n]*|/\\*(?s:.*?)\\*/");

  /** The root of the tree: the nearest directory above that holds the stack module. */
  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    while (here != null && !Files.isRegularFile(here.resolve("stack/pom.xml"))) {
      here = here.getParent();
    }
    if (here == null) {
      throw new IllegalStateException(
          "not inside the source tree: " + Path.of("").toAbsolutePath());
    }
    return here;
  }

  /** Every text file of the tree, built output left out. */
  static List<SourceFile> tree() {
    Path root = root();
    List<SourceFile> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          root,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
              return SKIPPED_DIRECTORIES.contains(dir.getFileName().toString())
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              if (attributes.isRegularFile() && isText(file)) {
                files.add(
                    new SourceFile(
                        root.relativize(file).toString().replace('\\', '/'),
                        Files.readString(file)));
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  private static boolean isText(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot >= 0
        ? TEXT_ENDINGS.contains(name.substring(dot + 1))
        : Set.of("keyslot", "test", "run").contains(name);
  }

  boolean isJava() {
    return path.endsWith(".java");
  }

  /** Production code of the stack. */
  boolean isMain() {
    return isJava() && path.startsWith("stack/src/main/");
  }

  boolean isPackageInfo() {
    return path.endsWith("/package-info.java");
  }

  /** Lines, the last one counted whether or not it ends in a newline. */
  int lines() {
    return (int) text.lines().count();
  }

  /** The room this Java file lies in, or null. */
  String room() {
    Matcher m = PACKAGE.matcher(text);
    return isJava() && m.find() ? Rooms.ofPackage(m.group(1)) : null;
  }

  /** The text with comments and literals blanked; lines keep their numbers. */
  String code() {
    return NOT_CODE.matcher(text).replaceAll(m -> m.group().replaceAll("[^\n]", " "));
  }

  /** The line number of a character. */
  int lineOf(int index) {
    return (int) text.substring(0, index).chars().filter(c -> c == '\n').count() + 1;
  }
}
