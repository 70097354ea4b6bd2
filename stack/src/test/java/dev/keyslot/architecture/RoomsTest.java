package dev.keyslot.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rooms found in the tree are the rooms on the map, and each knows only whom it may. */
class RoomsTest {

  private static final JavaClasses PRODUCTION = production();

  private static JavaClasses production() {
    // Names of targets are enough: without this every class of the JDK that we touch is read too.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter().importPath(SourceFile.root().resolve("stack/target/classes"));
  }

  @Test
  void everyRoomFoundIsOnTheMapAndEveryRoomOnTheMapIsFound() {
    Set<String> found =
        PRODUCTION.stream()
            .map(c -> Rooms.ofPackage(c.getPackageName()))
            .filter(room -> room != null && !room.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = new TreeSet<>(Rooms.all());
    expected.removeAll(Rooms.LATER);
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void classesKnowOnlyTheRoomsTheMapAllows() {
    assertThat(wrongRooms(PRODUCTION)).isEmpty();
  }

  @Test
  void onlyTheOperatorsSideUsesLibraries() {
    assertThat(wrongLibraries(PRODUCTION)).isEmpty();
  }

  @Test
  void sourcesNameOnlyTheRoomsTheMapAllowsEvenInComments() {
    assertThat(SourceFile.tree().stream().flatMap(f -> ImportRules.violations(f).stream()))
        .isEmpty();
  }

  @Test
  void noArrowOnTheMapCrossesTheWallOrRunsInACircle() {
    for (String from : Rooms.all()) {
      for (String to : Rooms.all()) {
        boolean crosses = Rooms.acrossTheWall(from, to) && Rooms.mayKnow(from, to);
        boolean circle = !from.equals(to) && Rooms.mayKnow(from, to) && Rooms.mayKnow(to, from);
        assertThat(crosses || circle).as("%s -> %s", from, to).isFalse();
      }
    }
  }

  @Test
  void aPlantedLinkAcrossTheWallIsCaught() {
    SourceFile planted =
        new SourceFile(
            "stack/src/main/java/dev/keyslot/host/cqhci/Planted.java",
            """
            package dev.keyslot.host.cqhci;

            /** See {@link dev.keyslot.model.controller.TaskQueue}. */
            final class Planted {}
            """);
    assertThat(ImportRules.violations(planted))
        .containsExactly(
            "stack/src/main/java/dev/keyslot/host/cqhci/Planted.java:3: host.cqhci must not name"
                + " model.controller (dev.keyslot.model.controller.TaskQueue)");
  }

  @Test
  void aPlantedImportOfAnInlinedConstantIsCaught() {
    SourceFile planted =
        new SourceFile(
            "stack/src/main/java/dev/keyslot/model/card/Planted.java",
            """
            package dev.keyslot.model.card;

            import static dev.keyslot.host.block.QueueLimits.SECTOR_BYTES;
            import dev.keyslot.model.media.Media;
            """);
    assertThat(ImportRules.violations(planted)).hasSize(1).first().asString().contains(":3:");
  }

  @Test
  void aUnitTestOfOneSideThatNamesTheOtherIsCaught() {
    SourceFile planted =
        new SourceFile(
            "stack/src/test/java/dev/keyslot/host/mmc/PlantedTest.java",
            "package dev.keyslot.host.mmc;\nimport dev.keyslot.model.card.EmmcCard;\n");
    assertThat(ImportRules.violations(planted)).hasSize(1);
  }

  @Test
  void aPlantedClassThatKnowsTooMuchIsCaught() {
    JavaClasses planted = new ClassFileImporter().importClasses(RoomsTest.class);
    assertThat(wrongRooms(planted)).as("a room that is not on the map").isNotEmpty();
    assertThat(wrongLibraries(planted)).as("ArchUnit itself").isNotEmpty();
  }

  private static List<String> wrongRooms(JavaClasses classes) {
    return classes.stream()
        .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
        .filter(RoomsTest::isWrongRoom)
        .map(Dependency::getDescription)
        .distinct()
        .sorted()
        .toList();
  }

  private static boolean isWrongRoom(Dependency dependency) {
    String from = roomOf(dependency.getOriginClass());
    String to = roomOf(dependency.getTargetClass());
    return to != null && (!Rooms.all().contains(from) || !Rooms.mayKnow(from, to));
  }

  private static List<String> wrongLibraries(JavaClasses classes) {
    return classes.stream()
        .filter(c -> !Rooms.WITH_LIBRARIES.contains(String.valueOf(roomOf(c))))
        .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
        .filter(d -> !isJdkOrOurs(d.getTargetClass().getBaseComponentType()))
        .filter(d -> !isOptionalLibrary(d))
        .map(Dependency::getDescription)
        .distinct()
        .sorted()
        .toList();
  }

  private static boolean isOptionalLibrary(Dependency dependency) {
    String allowed =
        Rooms.OPTIONAL_LIBRARY.get(String.valueOf(roomOf(dependency.getOriginClass())));
    return allowed != null
        && dependency.getTargetClass().getBaseComponentType().getName().startsWith(allowed);
  }

  private static boolean isJdkOrOurs(JavaClass type) {
    String name = type.getName();
    return type.isPrimitive()
        || name.startsWith("java.")
        || name.startsWith("javax.")
        || name.startsWith("jdk.")
        || name.startsWith(Rooms.ROOT + ".");
  }

  private static String roomOf(JavaClass type) {
    return Rooms.ofPackage(type.getBaseComponentType().getPackageName());
  }
}
