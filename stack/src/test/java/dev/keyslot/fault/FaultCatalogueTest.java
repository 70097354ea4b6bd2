package dev.keyslot.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.app.faults.Disturbance;
import dev.keyslot.model.fault.FaultPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The catalogue, the table in docs/faults.md and {@code --faults help} name the same faults. */
class FaultCatalogueTest {

  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z-]+)` \\| ([^|]*)\\| ([^|]+) \\|");

  private static String documented() throws IOException {
    Path here = Path.of("docs/faults.md");
    return Files.readString(Files.exists(here) ? here : Path.of("..").resolve(here));
  }

  @Test
  void theTableNamesEveryPointInItsOrderWithItsIndex() throws IOException {
    String text = documented();
    List<String> rows =
        ROW.matcher(text.substring(text.indexOf("## Catalogue")))
            .results()
            .map(row -> row.group(1) + ":" + row.group(2).strip() + ":" + silent(row))
            .toList();
    assertThat(rows)
        .isEqualTo(
            Arrays.stream(FaultPoint.values())
                .map(point -> point.label() + ":" + point.index() + ":" + point.silent())
                .toList());
  }

  private static boolean silent(MatchResult row) {
    return row.group(3).endsWith("(silent)");
  }

  @Test
  void helpListsEveryPoint() {
    String catalogue = Disturbance.catalogue();
    for (FaultPoint point : FaultPoint.values()) {
      assertThat(catalogue).contains("  " + point.label() + " ").contains(point.what());
    }
  }
}
