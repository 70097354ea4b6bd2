package dev.keyslot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tree keeps its size habits and its words; each rule is seen to catch a planted offence. */
class TidyTest {

  private static final String HOST = "stack/src/main/java/dev/keyslot/host/block/Planted.java";
  private static final String HEAD = "package dev.keyslot.host.block;\n\n";
  private static final String COMMENT = "/** A planted type. */\n";

  private static final List<SourceFile> TREE = SourceFile.tree();

  @Test
  void filesMethodsAndParameterListsAreShortAndTypesAreDocumented() {
    assertThat(
            TREE.stream().filter(SourceFile::isJava).flatMap(f -> SizeRules.violations(f).stream()))
        .isEmpty();
  }

  @Test
  void roomsPublishLittleAndHaveADoorPlate() {
    assertThat(SizeRules.roomViolations(TREE)).isEmpty();
  }

  @Test
  void bannedWordsAndCallsDoNotOccur() {
    assertThat(
            TREE.stream()
                .filter(f -> !f.path().contains("/dev/keyslot/architecture/"))
                .flatMap(f -> WordRules.violations(f).stream()))
        .isEmpty();
  }

  @Test
  void theTreeIsReadAtAll() {
    assertThat(TREE).extracting(SourceFile::path).contains("keyslot", "pom.xml", ".ci/run");
    assertThat(TREE.stream().filter(SourceFile::isMain).count()).isGreaterThan(20);
  }

  @Test
  void aFileOfMoreThan500LinesIsCaught() {
    assertThat(SizeRules.violations(planted(COMMENT + "class Planted {" + "\n".repeat(500) + "}")))
        .singleElement()
        .asString()
        .contains("at most 500 lines");
  }

  @Test
  void aMethodOfMoreThan60LinesIsCaught() {
    String body = "    x++;\n".repeat(60);
    assertThat(
            SizeRules.violations(
                planted(COMMENT + "class Planted {\n  void run(int x) {\n" + body + "  }\n}\n")))
        .singleElement()
        .asString()
        .contains("run: at most 60 lines: lines=62");
  }

  @Test
  void aSeventhParameterIsCaught() {
    assertThat(
            SizeRules.violations(
                planted(
                    COMMENT
                        + "class Planted { Planted(int a, int b, int c, int d, int e, int f, int g)"
                        + " {} }")))
        .singleElement()
        .asString()
        .contains("parameters=7");
  }

  @Test
  void anUndocumentedTypeIsCaughtAlsoWhereItIsNested() {
    assertThat(SizeRules.violations(planted(COMMENT + "class Planted { enum Inner { A } }")))
        .singleElement()
        .asString()
        .contains("Inner: every type that others see has a comment");
  }

  @Test
  void aCommentThatStopsInTheMiddleIsCaught() {
    assertThat(
            SizeRules.violations(
                planted("/**\n * Holds the\n *\n * <p>Rest.\n */\nclass Planted {}")))
        .singleElement()
        .asString()
        .contains("ends in a full stop");
  }

  @Test
  void aLongDoorPlateIsCaught() {
    SourceFile plate =
        new SourceFile(
            "stack/src/main/java/dev/keyslot/host/block/package-info.java",
            "/**\n" + " * More.\n".repeat(24) + " */\n" + HEAD);
    assertThat(SizeRules.violations(plate)).hasSize(1);
  }

  @Test
  void aRoomWithNinePublicTypesAndNoDoorPlateIsCaught() {
    List<SourceFile> nine =
        List.of("A", "B", "C", "D", "E", "F", "G", "H", "I").stream()
            .map(
                name ->
                    new SourceFile(
                        HOST.replace("block/Planted", "mmc/" + name),
                        "package dev.keyslot.host.mmc;\n\npublic final class " + name + " {}"))
            .toList();
    assertThat(SizeRules.roomViolations(nine))
        .containsExactly(
            "host.mmc: a room has a package-info.java",
            "host.mmc: at most 8 public types: count=9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          long t = System.nanoTime();              | Clock
          LongSupplier t = System::nanoTime;       | Clock
          var r = new Random(7);                   | seed
          Thread.sleep(10);                        | Parker
          Thread.ofPlatform().start(r);            | Parker
          new Thread(r).start();                   | Parker
          System.out.println(1);                   | app.cli
          e.printStackTrace();                     | app.cli
          class MediaUtils { }                     | role
          // TODO tidy this                        | issue number
          // /work/here                            | absolute path
          // see /root/notes                       | absolute path
          // better with jqwik                     | seeded
          """)
  void aBannedWordInARoomOfTheHostIsCaught(String line, String why) {
    assertThat(WordRules.violations(planted(line + "\n")))
        .singleElement()
        .asString()
        .contains("Planted.java:3: ")
        .contains(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          // calls System.nanoTime() in a comment  | x
          String s = "Thread.sleep(1)";            | x
          var r = new SecureRandom();              | x
          // TODO #12: later                       | x
          // net/work/shop                         | x
          """)
  void aHarmlessLineIsLeftAlone(String line, String unused) {
    assertThat(WordRules.violations(planted(line + "\n"))).isEmpty();
  }

  @Test
  void anUnseededRandomInATestIsCaught() {
    SourceFile test =
        new SourceFile(
            "stack/src/test/java/dev/keyslot/host/block/PlantedTest.java",
            HEAD + "class PlantedTest { java.util.Random r = new Random(); }");
    assertThat(WordRules.violations(test)).hasSize(1);
  }

  private static SourceFile planted(String body) {
    return new SourceFile(HOST, HEAD + body);
  }
}
