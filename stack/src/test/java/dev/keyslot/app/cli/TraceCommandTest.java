package dev.keyslot.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyslot.host.device.LifecycleStep;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page about a host's life names every step that the recorder knows, and fits a terminal. */
class TraceCommandTest {

  private final List<String> page = Outcome.of("trace").out().lines().toList();

  @Test
  void namesEveryStepWithItsMeaningInOrder() {
    assertThat(Outcome.of("trace").exit()).isZero();
    int at = 0;
    for (LifecycleStep step : LifecycleStep.values()) {
      while (at < page.size() && !page.get(at).strip().startsWith(step.label() + " ")) {
        at++;
      }
      assertThat(at).as("%s is on the page, in its place", step).isLessThan(page.size());
      assertThat(page.get(at)).endsWith(step.meaning());
      at++;
    }
  }

  @Test
  void isOnePageAndShowsWhoCallsWhom() {
    assertThat(page).hasSizeLessThan(60).allMatch(line -> line.length() <= 120);
    assertThat(page).anyMatch(line -> line.matches(" {8}crypto init \\{ .*host encrypts"));
  }
}
