package dev.keyslot.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Words and calls that do not land, and where they may. */
final class WordRules {

  /**
   * A banned word.
   *
   * @param inCode whether comments and literals are left out of the search
   */
  private record Ban(Pattern word, boolean inCode, Predicate<SourceFile> where, String why) {}

  private static final List<Ban> BANS =
      List.of(
          code(
              "\\bSystem(\\.|::)(nanoTime|currentTimeMillis)\\b",
              f -> f.isMain() && !baseOrApp(f),
              "time comes in through base.Clock"),
          code(
              "\\b(new Random\\(|Math\\.random\\b|ThreadLocalRandom\\b)",
              SourceFile::isMain,
              "chance comes in as a seed"),
          code(
              "\\bnew Random\\(\\)|\\bMath\\.random\\b|\\bThreadLocalRandom\\b",
              f -> !f.isMain(),
              "chance in tests comes from testkit.Seeds"),
          code(
              "\\bThread\\.(sleep|ofPlatform|ofVirtual|startVirtualThread)\\b|\\bnew Thread\\("
                  + "|\\bExecutors\\.",
              f -> f.isMain() && !baseOrApp(f),
              "threads are started by app.stack, waits go through base.Parker"),
          code(
              "\\bSystem\\.(out|err)\\b|\\.printStackTrace\\(",
              f -> f.isMain() && !inRoom(f, "app.cli"),
              "only app.cli prints"),
          new Ban(
              Pattern.compile("\\b(TODO|FIXME|XXX)\\b(?! \\(?#\\d+)"),
              false,
              f -> true,
              "a note for later carries an issue number, as in TODO #12"),
          new Ban(
              Pattern.compile("(?i)\\bjqwik\\b"),
              false,
              f -> true,
              "not used here: seeded generators instead"),
          new Ban(
              Pattern.compile("(?<![\\w./~-])/(work|root)(/|\\b(?=[\\s`'\"]))"),
              false,
              f -> true,
              "no absolute path of one machine"),
          new Ban(
              Pattern.compile("\\b\\w+(Impl|Utils?|Helper)\\b(?=[^\"]*\\{)"),
              true,
              f -> f.isMain() && !f.isPackageInfo(),
              "a type is named for its role or mechanism"));

  private WordRules() {}

  private static Ban code(String word, Predicate<SourceFile> where, String why) {
    return new Ban(Pattern.compile(word), true, f -> f.isJava() && where.test(f), why);
  }

  /** Banned words in one file. */
  static List<String> violations(SourceFile file) {
    List<String> wrong = new ArrayList<>();
    String code = file.isJava() ? file.code() : "";
    for (Ban ban : BANS) {
      if (!ban.where().test(file)) {
        continue;
      }
      Matcher m = ban.word().matcher(ban.inCode() ? code : file.text());
      while (m.find()) {
        wrong.add(
            "%s:%d: %s: %s"
                .formatted(file.path(), file.lineOf(m.start()), m.group().strip(), ban.why()));
      }
    }
    return wrong;
  }

  private static boolean baseOrApp(SourceFile file) {
    return inRoom(file, "base") || inRoom(file, "app");
  }

  private static boolean inRoom(SourceFile file, String room) {
    String own = String.valueOf(file.room());
    return own.equals(room) || own.startsWith(room + ".");
  }
}
