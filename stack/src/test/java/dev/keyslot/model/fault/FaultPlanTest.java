package dev.keyslot.model.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When rules strike, and what a wrong line says. */
class FaultPlanTest {

  private final List<String> log = new ArrayList<>();

  private String tenOpportunities(String rule) {
    FaultPlan plan = FaultPlan.parse(rule, 1, log::add);
    StringBuilder strikes = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      strikes.append(plan.strikes(FaultPoint.COMMAND_CRC, 47) ? 'x' : '.');
    }
    return strikes.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "command-crc always, xxxxxxxxxx",
    "command-crc nth 3, ..x.......",
    "command-crc every 4, ...x...x..",
    "command-crc after 7, .......xxx",
    "command-crc first 2, xx........",
    "command-crc index 47 nth 1, x.........",
    "command-crc index 46 always, ..........",
    "command-silent always, ..........",
    "command-crc probability 1, xxxxxxxxxx",
    "command-crc probability 0, ..........",
  })
  void strikesWhenItsRuleSays(String rule, String expected) {
    assertThat(tenOpportunities(rule)).isEqualTo(expected);
  }

  @Test
  void strikesAlikeForTheSameSeed() {
    String first = tenOpportunities("command-crc probability 0.5");
    assertThat(tenOpportunities("command-crc probability 0.5")).isEqualTo(first).contains("x");
  }

  @Test
  void writesALineAtEachStrike() {
    tenOpportunities("command-crc nth 3 # the third");
    assertThat(log)
        .containsExactly(
            "fault 1: command-crc at index 47, opportunity 3, by rule: command-crc nth 3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense always",
        "command-crc",
        "command-crc sometimes",
        "command-crc nth",
        "command-crc nth 0",
        "command-crc nth x",
        "command-crc probability 2",
        "command-crc index 3",
        "command-crc always 3"
      })
  void refusesAWrongLineByName(String line) {
    assertThatThrownBy(() -> FaultPlan.parse(line, 0, log::add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("line=" + line);
  }
}
